from django.urls import path

from catalog import api, views

urlpatterns = [
    path("", views.index),
    path("branch/", views.index),
    path("hours/", views.hours),
    path("authors/", views.authors),
    path("supplier/", views.supplier),
    path("api/books/", api.ListApi.as_view()),
    path("api/book/", api.BookApi.as_view()),
    path("available/", views.available),
    path("book/", views.book),
    path("book/<int:pk>/", views.book),
    path("author/", views.author),
    path("books/", views.books),
    path("shelves/", views.shelves),
    path("bestsellers/", views.bestsellers),
    path("reserve/", views.reserve),
    path("price/", views.price),
    path("counted/", views.counted_page),
    path("ask/", views.Ask.as_view()),
]
