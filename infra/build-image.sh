#!/bin/sh
# Builds the image in the registry and remembers its digest for the next `azd provision`. Does nothing where a digest is set already.
set -eu
if [ -n "${SILO_IMAGE:-}" ]; then
  echo "silos run $SILO_IMAGE; to build a new one: azd env set SILO_IMAGE '' and azd provision"
  exit 0
fi
: "${AZURE_CONTAINER_REGISTRY_NAME:?run this by azd provision}"
cd "$(dirname "$0")/.."
tag=$(git rev-parse --short=12 HEAD)
az acr build --registry "$AZURE_CONTAINER_REGISTRY_NAME" --image "preconf-cloud:$tag" --file Dockerfile .
digest=$(az acr repository show --name "$AZURE_CONTAINER_REGISTRY_NAME" --image "preconf-cloud:$tag" --query digest --output tsv)
azd env set SILO_IMAGE "$AZURE_CONTAINER_REGISTRY_ENDPOINT/preconf-cloud@$digest"
echo "built preconf-cloud@$digest; put the rollup into the vaults (infra/put-rollup.sh DATA), then run 'azd provision' again to start silos and gateways from it"
