from catalog.models import Book


class Serializer:
    def __init__(self, instance):
        self.instance = instance

    @property
    def data(self):
        return self.to_representation(self.instance)

    def to_representation(self, instance):
        raise NotImplementedError


class BookSerializer(Serializer):
    def to_representation(self, instance: Book):
        return {"title": instance.title, "reviews": instance.reviews.count()}  # planted: serializer
