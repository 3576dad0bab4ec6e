targetScope = 'subscription'

@minLength(1)
@maxLength(64)
@description('Name of the environment; all resources carry it as a tag.')
param environmentName string

@minLength(1)
@description('Region. One with availability zones, since sign-once data is kept zone-redundant.')
param location string

@description('Image by digest: REGISTRY/preconf-cloud@sha256:DIGEST. Empty: only the foundations are laid.')
param siloImage string = ''

@minValue(3)
@maxValue(9)
@description('Number of silos. Each is an app of its own with one replica.')
param siloCount int = 3

@minValue(0)
@maxValue(900)
@description('Added to every silo port. An upgrade starts replacement silos on other ports, waits until they are active, and then drains the former ones.')
param firstPort int = 0

@minValue(1)
@maxValue(9)
@description('Number of gateways. Each is an app of its own; what is public balances between their addresses.')
param gatewayCount int = 2

var abbreviations = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: '${abbreviations.resourcesResourceGroups}${environmentName}'
  location: location
  tags: tags
}

module monitoring 'core/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: '${abbreviations.operationalInsightsWorkspaces}${token}'
    insightsName: '${abbreviations.insightsComponents}${token}'
  }
}

module identity 'core/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.managedIdentityUserAssignedIdentities}${token}'
  }
}

module gatewayIdentity 'core/identity.bicep' = {
  name: 'gateway-identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.managedIdentityUserAssignedIdentities}gw-${token}'
  }
}

// What all processes need of the rollup. Nothing in it signs.
module rollupVault 'core/vault.bicep' = {
  name: 'rollup-vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.keyVaultVaults}r${token}'
    principalIds: [ identity.outputs.principalId, gatewayIdentity.outputs.principalId ]
  }
}

// The keys, for silos only.
module keysVault 'core/vault.bicep' = {
  name: 'keys-vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.keyVaultVaults}k${token}'
    principalIds: [ identity.outputs.principalId ]
  }
}

module registry 'core/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.containerRegistryRegistries}${token}'
    principalIds: [ identity.outputs.principalId, gatewayIdentity.outputs.principalId ]
  }
}

module storage 'core/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.storageStorageAccounts}${token}'
    principalIds: [ identity.outputs.principalId, gatewayIdentity.outputs.principalId ]
  }
}

module environment 'core/environment.bicep' = {
  name: 'environment'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.appManagedEnvironments}${token}'
    networkName: '${abbreviations.networkVirtualNetworks}${token}'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module silos 'app/silos.bicep' = if (!empty(siloImage)) {
  name: 'silos'
  scope: group
  params: {
    location: location
    tags: tags
    namePrefix: '${abbreviations.appContainerApps}${token}'
    image: siloImage
    count: siloCount
    firstPort: firstPort
    environmentId: environment.outputs.id
    advertisedAddress: environment.outputs.staticIp
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    registryEndpoint: registry.outputs.endpoint
    blobEndpoint: storage.outputs.blobEndpoint
    rollupVaultUri: rollupVault.outputs.uri
    keysVaultUri: keysVault.outputs.uri
    clusterId: environmentName
  }
}

module gateways 'app/gateways.bicep' = if (!empty(siloImage)) {
  name: 'gateways'
  scope: group
  params: {
    location: location
    tags: tags
    namePrefix: '${abbreviations.appContainerApps}${token}'
    image: siloImage
    count: gatewayCount
    firstPort: firstPort
    environmentId: environment.outputs.id
    advertisedAddress: environment.outputs.staticIp
    identityId: gatewayIdentity.outputs.id
    identityClientId: gatewayIdentity.outputs.clientId
    registryEndpoint: registry.outputs.endpoint
    blobEndpoint: storage.outputs.blobEndpoint
    rollupVaultUri: rollupVault.outputs.uri
    clusterId: environmentName
  }
}

output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.endpoint
output AZURE_CONTAINER_REGISTRY_NAME string = registry.outputs.name
output AZURE_RESOURCE_GROUP string = group.name
output ROLLUP_VAULT_NAME string = rollupVault.outputs.name
output KEYS_VAULT_NAME string = keysVault.outputs.name
output GATEWAY_ADDRESSES array = empty(siloImage) ? [] : gateways.outputs.addresses
output STORAGE_BLOB_ENDPOINT string = storage.outputs.blobEndpoint
