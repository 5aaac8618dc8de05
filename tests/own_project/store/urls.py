from django.urls import include, path

urlpatterns = [
    path("", include("catalog.urls")),
    path("account/", include("accounts.urls")),
    path("live/", include("live.urls")),
]
