"""The hand-made dialect: login, refresh by cookie, user."""
import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from .authentication import HandmadeAuthentication
from .tokens import access_for, refresh_for


class PersonSerializer(serializers.ModelSerializer):
    class Meta:
        model = get_user_model()
        fields = ["id", "username", "email", "first_name", "is_active"]


@api_view(["POST"])
@authentication_classes([HandmadeAuthentication])
@permission_classes([AllowAny])
@ensure_csrf_cookie
def login(request):
    name, secret = request.data.get("username"), request.data.get("password")
    if name is None or secret is None:
        raise exceptions.AuthenticationFailed("username and password required")
    person = get_user_model().objects.filter(username=name).first()
    if person is None:
        raise exceptions.AuthenticationFailed("user not found")
    if not person.check_password(secret):
        raise exceptions.AuthenticationFailed("wrong password")
    answer = Response({"access_token": access_for(person), "user": PersonSerializer(person).data})
    answer.set_cookie("refreshtoken", refresh_for(person), httponly=True)
    return answer


@api_view(["POST"])
@authentication_classes([HandmadeAuthentication])
@permission_classes([AllowAny])
@csrf_protect
def refresh(request):
    raw = request.COOKIES.get("refreshtoken")
    if raw is None:
        raise exceptions.AuthenticationFailed("Authentication credentials were not provided.")
    try:
        claims = jwt.decode(raw, settings.REFRESH_TOKEN_SECRET, algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        raise exceptions.AuthenticationFailed("expired refresh token, please login again.")
    person = get_user_model().objects.filter(id=claims.get("user_id")).first()
    if person is None:
        raise exceptions.AuthenticationFailed("User not found")
    if not person.is_active:
        raise exceptions.AuthenticationFailed("user is inactive")
    return Response({"access_token": access_for(person)})


class UserView(APIView):
    # POST exists so that the CSRF check can be provoked.
    authentication_classes = [HandmadeAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"user": PersonSerializer(request.user).data})

    def post(self, request):
        return Response({"user": PersonSerializer(request.user).data})
