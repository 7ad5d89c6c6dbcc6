"""The package's endpoints and a protected view, at the paths that its guides use."""
from django.urls import path
from rest_framework_jwt import views
from rest_framework_jwt.authentication import JSONWebTokenAuthentication

from peerproj.views import WhoView

WHO = WhoView.as_view(authentication_classes=(JSONWebTokenAuthentication,))

urlpatterns = [
    path("api-token-auth/", views.obtain_jwt_token),
    path("api-token-refresh/", views.refresh_jwt_token),
    path("api-token-verify/", views.verify_jwt_token),
    path("api/endpoint/", WHO),
    path("api/protected-endpoint/", WHO),
]
