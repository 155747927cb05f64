"""A template is tried where it cannot fill the memory or the time of the server."""

from __future__ import annotations

import resource
import subprocess

import pytest

from services import certificate_trial
from services.certificate_archive import starter, unpacked
from services.certificate_fields import CertificateRenderError
from services.certificate_trial import TOO_MUCH, try_out

DOUBLED = (
    '{% set ns = namespace(x="xxxxxxxx") %}{% for a in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}'
)


def test_the_systems_own_template_passes():
    try_out(unpacked(starter()))


@pytest.mark.parametrize(
    "source", ['{{ "x"|center(300000000) }}', '{{ "{:>900000000}".format(1) }}', DOUBLED]
)
def test_what_fills_the_memory_is_refused_and_the_server_does_not_grow(source):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CertificateRenderError, match="内存超过"):
        try_out({"template.html": source.encode()})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024  # KB


@pytest.mark.parametrize("ended", ["by its limit", "by our patience"])
def test_what_is_ended_is_refused_and_gets_no_settings(monkeypatch, ended):
    monkeypatch.setenv("BACKOFFICE_SECRET", "geheim")
    seen = []

    def run(arguments, **options):
        seen.append(options["env"])
        if ended == "by our patience":
            raise subprocess.TimeoutExpired(arguments, options["timeout"])
        return subprocess.CompletedProcess(arguments, -24, b"", b"")

    monkeypatch.setattr(certificate_trial.subprocess, "run", run)
    with pytest.raises(CertificateRenderError) as refused:
        try_out({})
    assert str(refused.value) == TOO_MUCH
    assert seen[0].keys() == {"PATH", "PYTHONPATH"}
