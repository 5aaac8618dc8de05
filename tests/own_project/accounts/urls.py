from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.account),
    path("visits/", views.visits),
    path("seen/", views.seen),
]
