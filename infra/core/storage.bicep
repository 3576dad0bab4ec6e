param location string
param tags object
param name string
param principalIds array

// Table for membership and reminders, blob for grain state: the signing ledgers are among it.
var roles = [
  subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')
  subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  // What a key has signed must outlive a zone: losing it could sign twice.
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 14
    }
    isVersioningEnabled: true
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for i in range(0, length(roles) * length(principalIds)): {
  name: guid(account.id, principalIds[i / length(roles)], roles[i % length(roles)])
  scope: account
  properties: {
    roleDefinitionId: roles[i % length(roles)]
    principalId: principalIds[i / length(roles)]
    principalType: 'ServicePrincipal'
  }
}]

output blobEndpoint string = account.properties.primaryEndpoints.blob
