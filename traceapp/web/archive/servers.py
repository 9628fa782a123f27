"""How common servers serve the static site: the same paths, types and headers as the service had."""

from __future__ import annotations

from pathlib import Path

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; script-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_NGINX = r"""# Inside `http {{ … }}` of nginx. Set `root`, the certificate and the listening port to your own.
# A language is asked for as ?lang=en; everything else is Vietnamese.
map $arg_lang $kept_lang {{ en ".en"; default ""; }}

server {{
    listen {listen};
    server_name {host};
    root {root};
    charset utf-8;
    default_type application/octet-stream;
    absolute_redirect off;

    add_header Content-Security-Policy "{policy}" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy no-referrer always;
    add_header Access-Control-Allow-Origin * always;

    # Labels carry the host in upper case and may end in a slash; /verify/… is the same page as the label's address.
    rewrite ^/verify(/(?:01|t)/.*)$ $1 last;
    error_page 404 /404$kept_lang.html;

    location / {{ try_files $uri $uri/index$kept_lang.html =404; }}
    location ~ ^/(01|t)/ {{ try_files $uri/index$kept_lang.html =404; }}
    location /bundle/ {{ types {{ }} default_type application/zip; try_files $uri/index.zip =404; }}
    location ~ ^/records/[^/]+$ {{ types {{ }} default_type application/vc; try_files $uri/index.json =404; }}
    location ~ ^/records/[^/]+/proof$ {{ types {{ }} default_type "text/plain; charset=utf-8"; }}
    location = /log {{ try_files /log/index$kept_lang.html =404; }}
    location /log/ {{ types {{ }} default_type application/octet-stream; }}
    location = /log/checkpoint {{ types {{ }} default_type "text/plain; charset=utf-8"; }}
    location /log/trust/ {{ types {{ }} default_type application/json; }}
    location /.well-known/ {{ types {{ }} default_type application/json; }}
    location = /.well-known/jwks.json {{ types {{ }} default_type application/jwk-set+json; }}
    location = /.well-known/did.json {{ types {{ }} default_type application/did+ld+json; }}
    location /status/ {{ types {{ }} default_type application/vc; }}
    location /vocab/ {{ types {{ }} default_type application/ld+json; }}
}}
"""

_CADDY = r"""# Caddy 2. Set `root` to this folder, or start Caddy in it.
{address} {{
	root * {root}
	header {{
		Content-Security-Policy "{policy}"
		X-Content-Type-Options nosniff
		Referrer-Policy no-referrer
		Access-Control-Allow-Origin *
	}}

	# /verify/… is the same page as the label's address.
	@verify path_regexp verify ^/verify(/(?:01|t)/.*)$
	rewrite @verify {{re.verify.1}}

	@record path_regexp ^/records/[^/]+$
	handle @record {{
		header Content-Type application/vc
		rewrite * {{path}}/index.json
		file_server
	}}
	@proof path_regexp ^/records/[^/]+/proof$
	handle @proof {{
		header Content-Type "text/plain; charset=utf-8"
		file_server
	}}
	handle /bundle/* {{
		header Content-Type application/zip
		rewrite * {{path}}/index.zip
		file_server
	}}
	handle /log/checkpoint {{
		header Content-Type "text/plain; charset=utf-8"
		file_server
	}}
	handle /log/trust/* {{
		header Content-Type application/json
		file_server
	}}
	handle /log/* {{
		header Content-Type application/octet-stream
		file_server
	}}
	handle /.well-known/did.json {{
		header Content-Type application/did+ld+json
		file_server
	}}
	handle /.well-known/jwks.json {{
		header Content-Type application/jwk-set+json
		file_server
	}}
	handle /.well-known/* {{
		header Content-Type application/json
		file_server
	}}
	handle /status/* {{
		header Content-Type application/vc
		file_server
	}}
	handle /vocab/* {{
		header Content-Type application/ld+json
		file_server
	}}
	# A language is asked for as ?lang=en; everything else is Vietnamese.
	@english query lang=en
	handle @english {{
		try_files {{path}}/index.en.html {{path}}
		file_server {{
			disable_canonical_uris
		}}
	}}
	handle {{
		try_files {{path}}/index.html {{path}}
		file_server {{
			disable_canonical_uris
		}}
	}}
	handle_errors {{
		header Content-Type "text/html; charset=utf-8"
		@missing_english query lang=en
		rewrite @missing_english /404.en.html
		@missing not query lang=en
		rewrite @missing /404.html
		file_server
	}}
}}
"""

_README = """\
This folder is the service as static files, under the paths that labels and links carry.

01/ t/          pages of products and lots as of the day they were made, in Vietnamese and English
bundle/         the same as files that can be checked offline: traceapp verify FILE --trust TRUST
records/        signed records and the proof of each one's place in the log
log/            the public log (C2SP tlog-tiles), with every trust file and the records in bundles
.well-known/    public keys; pin traceapp-trust.json from another place where you can
404.html        what any other address gets: it checks a signed label in the browser, with the keys above
nginx.conf      Caddyfile     how to serve it; any server that does the same will do

Serve it under the name that the labels carry. A label's signature proves who issued it, never what is in the pack; a
serial without a signature can no longer be checked by anybody, as that took a secret key.
"""


def nginx_conf(host: str, root: str = ".", listen: str = "80") -> str:
    """The server's part of nginx.conf."""
    return _NGINX.format(host=host.partition(":")[0], root=root, listen=listen, policy=POLICY)


def caddyfile(address: str, root: str = ".") -> str:
    """A Caddyfile for the site at `address`: a name, to which Caddy gets a certificate, or http://…"""
    return _CADDY.format(address=address, root=root, policy=POLICY)


def write_server_files(directory: Path, host: str) -> None:
    """Rules for nginx and Caddy, and what this folder is."""
    (directory / "nginx.conf").write_text(nginx_conf(host), encoding="utf-8")
    (directory / "Caddyfile").write_text(caddyfile(host), encoding="utf-8")
    (directory / "README.txt").write_text(_README, encoding="utf-8")
