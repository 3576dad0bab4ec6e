using Orleans.Storage;

namespace Cloud.Embedded.Storage;

/// <summary>Puts something around every grain storage of a silo.</summary>
internal interface IStorageDecorator
{
    IGrainStorage Decorate(string name, IGrainStorage storage);
}
