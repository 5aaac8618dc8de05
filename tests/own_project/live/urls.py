from django.urls import path

from live import harmless, views

urlpatterns = [
    path("timed/", views.timed),
    path("stream/", views.stream),
    path("list/", views.sync_stream),
    path("now/", views.now),
    path("later/", views.later),
    path("measured/", views.measured),
    path("harmless/", harmless.page),
    path("harmless/rows/", harmless.rows),
    path("harmless/form/", harmless.Form.as_view()),
    path("harmless/stream/", harmless.stream),
    path("harmless/slow/", harmless.slow_in_a_thread),
]
