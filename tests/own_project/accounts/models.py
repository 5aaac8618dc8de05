from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    branch = models.CharField(max_length=40, default="main")
