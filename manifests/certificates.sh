#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes an authority of our own and what it signs, and puts it where the manifests look for it:
#   Secret kernwise/kernwise-tls                          tls.crt, tls.key, ca.crt
#   ConfigMap kernwise-profiler/kernwise-authority        ca.crt
# What kube-scheduler needs to ask over the network stays in DIR: ca.crt, scheduler.crt,
# scheduler.key. Run it again within a year to renew; the authority in DIR is kept for ten.
# With an authority that you have already, make these two objects yourself.
# usage: certificates.sh DIR       needs openssl and kubectl (KUBECTL names another one)
set -euo pipefail

directory=${1:?usage: certificates.sh DIR}
kubectl=${KUBECTL:-kubectl}
manifests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
umask 077
mkdir -p "$directory"
cd "$directory"

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# sign NAME SUBJECT EXTENSIONS
sign() {
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -sha256 \
    -extfile <(printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' "$3") \
    -out "$1.crt" 2>/dev/null
  rm "$1.csr"
}

if [ ! -f ca.key ]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/CN=kernwise' -out ca.crt \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign'
fi

names=""
for service in kernwise-ingest kernwise-scheduler kernwise-api; do
  names+="DNS:$service.kernwise.svc,DNS:$service.kernwise.svc.cluster.local,"
done
sign tls '/CN=kernwise-orchestrator' "extendedKeyUsage=serverAuth
subjectAltName=${names%,}"
sign scheduler '/CN=system:kube-scheduler' 'extendedKeyUsage=clientAuth'

"$kubectl" apply -f "$manifests/orchestrator/namespace.yaml" -f "$manifests/profiler/namespace.yaml"
"$kubectl" create secret generic kernwise-tls --namespace kernwise --dry-run=client -o yaml \
  --from-file=tls.crt --from-file=tls.key --from-file=ca.crt | "$kubectl" apply -f -
"$kubectl" create configmap kernwise-authority --namespace kernwise-profiler --dry-run=client \
  -o yaml --from-file=ca.crt | "$kubectl" apply -f -
