"""Each page answers as it should only to a visitor who has been to the pages before it, by Django's own session."""

from django.http import HttpResponse, HttpResponseRedirect


def look(request):
    return HttpResponse(status=200 if not request.COOKIES else 418)


def login(request):
    if request.session.get("number") or request.method != "POST":
        return HttpResponse(status=418)
    request.session["number"] = int(request.headers["X-Request-Id"])
    answer = HttpResponseRedirect("/")
    answer.set_cookie("flash", "welcome")
    return answer


def cart(request):
    number = int(request.headers["X-Request-Id"])
    right = request.session.get("number") == number - 1 and request.COOKIES["flash"] == "welcome"
    request.session["item"] = request.path.rsplit("/", 1)[1]
    answer = HttpResponse(status=200 if right else 418)
    answer.delete_cookie("flash")
    return answer


def pay(request):
    number = int(request.headers["X-Request-Id"])
    right = (
        request.session.get("number") == number - 2 and request.session.get("item") and "flash" not in request.COOKIES
    )
    request.session.flush()
    return HttpResponse(status=200 if right else 418)
