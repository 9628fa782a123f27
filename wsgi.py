"""WSGI entry point: `app` is the service of this process's environment, with what runs beside its pages."""

from traceapp.app import create_app_from_env

app = create_app_from_env()
