using Orleans;
using Orleans.Runtime;

namespace Cloud.Embedded.Hosting;

internal sealed class LmdbGrainStorageOptionsValidator(string name, LmdbGrainStorageOptions options) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        Require(!string.IsNullOrWhiteSpace(options.Directory), nameof(options.Directory), options.Directory, "must not be empty");
        Require(options.MaxSize >= 1 << 20, nameof(options.MaxSize), options.MaxSize, "must be 1 MiB or more");
        Require(options.MaxPendingWrites >= 1, nameof(options.MaxPendingWrites), options.MaxPendingWrites, "must be 1 or more");
    }

    private void Require(bool rule, string option, object value, string text)
    {
        if (!rule)
        {
            throw new OrleansConfigurationException($"{nameof(LmdbGrainStorageOptions)}[{name}].{option} is '{value}'; it {text}.");
        }
    }
}
