from django.db import models


class BookQuerySet(models.QuerySet):
    def cheap(self):
        return self.filter(price__lt=1000)


class BookManager(models.Manager):
    def get_queryset(self):
        return BookQuerySet(self.model, using=self._db)

    def bestsellers(self):
        return list(self.filter(sold__gt=10).order_by("-sold")[:5])  # planted: manager-method


class Author(models.Model):
    name = models.CharField(max_length=80)


class Book(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    price = models.PositiveIntegerField(default=900)
    sold = models.PositiveIntegerField(default=0)

    objects = BookManager()
    on_shelves = BookQuerySet.as_manager()

    def reserve(self):
        self.sold += 1
        self.save(update_fields=["sold"])  # planted: model-method


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    text = models.TextField()


class Shelf(models.Model):
    name = models.CharField(max_length=40)
    books = models.ManyToManyField(Book, related_name="shelves")
