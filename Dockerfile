# The program in an image: one for every role. BASE is any slim Debian with Python 3.11 or newer.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# Where packages are reached through a proxy of one's own: the file of its certificate.
ARG PIP_CERT
RUN python3 -m venv /opt/footfall
WORKDIR /src
COPY locks/build.txt locks/run.txt locks/
RUN /opt/footfall/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r locks/build.txt \
    && /opt/footfall/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes \
        --no-build-isolation -r locks/run.txt
COPY . .
RUN /opt/footfall/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
    && cp deploy/healthcheck.py /opt/footfall/healthcheck.py
# Networks are converted here and nowhere else: a container whose disk is read-only starts at once.
RUN FOOTFALL_CACHE=/opt/footfall/cache /opt/footfall/bin/footfall models verify dlib
# What no role opens: dlib's other landmarks, OpenVINO's plugins for other processors than the one it runs on here, the
# packages' own tests, the installer.
RUN find /opt/footfall \( -name shape_predictor_68_face_landmarks.dat -o -name 'libopenvino_intel_[gn]pu_plugin.so' \
        -o -path '*/openvino/libs/cache.json' \) -delete \
    && find /opt/footfall -type d -path '*/site-packages/*/tests' -prune -exec rm -r {} + \
    && /opt/footfall/bin/pip uninstall --quiet --yes pip setuptools \
    && chmod -R a+rX /opt/footfall

FROM ${BASE}
RUN groupadd --gid 10001 footfall \
    && useradd --uid 10001 --gid footfall --no-create-home --home-dir /var/lib/footfall --shell /usr/sbin/nologin footfall \
    && install --directory --owner footfall --group footfall --mode 0700 /var/lib/footfall /film
COPY --from=build /opt/footfall /opt/footfall
ENV PATH=/opt/footfall/bin:$PATH \
    FOOTFALL_CACHE=/opt/footfall/cache \
    FOOTFALL_DATA_DIR=/var/lib/footfall
USER 10001:10001
# The only place that is written to, besides /tmp.
VOLUME /var/lib/footfall
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "/opt/footfall/healthcheck.py"]
ENTRYPOINT ["footfall"]
CMD ["--help"]
