param location string
param tags object
param namePrefix string
param image string
param count int
param firstPort int
param environmentId string
param advertisedAddress string
param identityId string
param identityClientId string
param registryEndpoint string
param blobEndpoint string
param rollupVaultUri string
param keysVaultUri string
param clusterId string

// Each silo listens on ports of its own and advertises them at the environment's one address, so that no two silos share an endpoint.
resource silos 'Microsoft.App/containerApps@2024-03-01' = [for i in range(0, count): {
  name: '${namePrefix}-${firstPort + i}'
  location: location
  tags: union(tags, { 'azd-service-name': 'silo-${i}' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [
        {
          server: registryEndpoint
          identity: identityId
        }
      ]
      secrets: [
        { name: 'rollup', keyVaultUrl: '${rollupVaultUri}secrets/rollup', identity: identityId }
        { name: 'genesis', keyVaultUrl: '${rollupVaultUri}secrets/genesis', identity: identityId }
        { name: 'l1', keyVaultUrl: '${rollupVaultUri}secrets/l1', identity: identityId }
        { name: 'keys', keyVaultUrl: '${keysVaultUri}secrets/keys', identity: identityId }
        { name: 'password', keyVaultUrl: '${keysVaultUri}secrets/password', identity: identityId }
      ]
      ingress: {
        external: true
        transport: 'http'
        targetPort: 8080
        allowInsecure: false
        additionalPortMappings: [
          {
            external: true
            targetPort: 11111 + firstPort + i
            exposedPort: 11111 + firstPort + i
          }
          {
            external: true
            targetPort: 30000 + firstPort + i
            exposedPort: 30000 + firstPort + i
          }
        ]
      }
    }
    template: {
      terminationGracePeriodSeconds: 60
      initContainers: [
        {
          name: 'rollup'
          image: image
          command: [ 'sh', '-c', 'install -m 600 /rollup/rollup.json /rollup/genesis.json /rollup/keys.json /data/' ]
          resources: {
            cpu: json('0.25')
            memory: '0.5Gi'
          }
          volumeMounts: [
            { volumeName: 'data', mountPath: '/data' }
            { volumeName: 'rollup', mountPath: '/rollup' }
          ]
        }
      ]
      containers: [
        {
          name: 'silo'
          image: image
          resources: {
            cpu: json('2.0')
            memory: '4Gi'
          }
          env: [
            { name: 'AZURE_CLIENT_ID', value: identityClientId }
            { name: 'PRECONF_L1', secretRef: 'l1' }
            { name: 'PRECONF_KEY_PASSWORD', secretRef: 'password' }
            { name: 'Silo__Role', value: 'Silo' }
            { name: 'Silo__ClusterId', value: clusterId }
            { name: 'Silo__GrainStorage', value: 'Azure' }
            { name: 'Silo__StorageConnection', value: blobEndpoint }
            { name: 'Silo__SiloPort', value: string(11111 + firstPort + i) }
            { name: 'Silo__ClientPort', value: string(30000 + firstPort + i) }
            { name: 'Silo__AdvertisedAddress', value: advertisedAddress }
          ]
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/live', port: 8080 }
              periodSeconds: 5
              failureThreshold: 30
            }
            {
              type: 'Readiness'
              httpGet: { path: '/health/ready', port: 8080 }
              periodSeconds: 5
              failureThreshold: 6
            }
            {
              type: 'Liveness'
              httpGet: { path: '/health/live', port: 8080 }
              periodSeconds: 10
              failureThreshold: 3
            }
          ]
          volumeMounts: [ { volumeName: 'data', mountPath: '/data' } ]
        }
      ]
      volumes: [
        // The world state can be built again from L1; what was signed is in the storage account.
        { name: 'data', storageType: 'EmptyDir' }
        {
          name: 'rollup'
          storageType: 'Secret'
          secrets: [
            { secretRef: 'rollup', path: 'rollup.json' }
            { secretRef: 'genesis', path: 'genesis.json' }
            { secretRef: 'keys', path: 'keys.json' }
          ]
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
}]

output names array = [for i in range(0, count): silos[i].name]
