from django.http import JsonResponse

from accounts.models import User


def account(request):
    return JsonResponse({"user": request.user.get_username(), "users": User.objects.count()})


async def visits(request):
    many = request.session.get("visits", 0)  # planted: session
    return JsonResponse({"visits": many})


def seen(request):
    """A page that writes when it is only asked for."""
    user, _ = User.objects.get_or_create(username="visitor")
    user.branch = request.branch
    user.save()
    return JsonResponse({"user": user.pk})
