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

module registry 'core/registry.bicep' = {
  name: 'registry'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.containerRegistryRegistries}${token}'
    principalId: identity.outputs.principalId
  }
}

module storage 'core/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbreviations.storageStorageAccounts}${token}'
    principalId: identity.outputs.principalId
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
    clusterId: environmentName
  }
}

output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.endpoint
output AZURE_CONTAINER_REGISTRY_NAME string = registry.outputs.name
output AZURE_RESOURCE_GROUP string = group.name
output STORAGE_BLOB_ENDPOINT string = storage.outputs.blobEndpoint
