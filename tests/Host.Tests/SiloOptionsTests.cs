using Cloud.Silo;

namespace Cloud.Host.Tests;

public sealed class SiloOptionsTests
{
    [Fact]
    public void The_defaults_of_a_build_are_accepted_once_storage_is_named()
    {
        SiloOptions options = new() { StorageConnection = "Host=127.0.0.1" };
        Assert.True(new SiloOptionsValidator().Validate(null, options).Succeeded);
    }

    [Theory]
    [InlineData(nameof(SiloOptions.DataFolder))]
    [InlineData(nameof(SiloOptions.ClusterId))]
    [InlineData(nameof(SiloOptions.ServiceId))]
    [InlineData(nameof(SiloOptions.SiloPort))]
    [InlineData(nameof(SiloOptions.ClientPort))]
    [InlineData(nameof(SiloOptions.GrainStorage))]
    [InlineData(nameof(SiloOptions.Role))]
    [InlineData(nameof(SiloOptions.ProbeInterval))]
    public void A_bad_setting_is_refused_by_its_name(string option)
    {
        SiloOptions options = new() { StorageConnection = "Host=127.0.0.1" };
        switch (option)
        {
            case nameof(SiloOptions.DataFolder):
                options.DataFolder = " ";
                break;
            case nameof(SiloOptions.ClusterId):
                options.ClusterId = "a/b";
                break;
            case nameof(SiloOptions.ServiceId):
                options.ServiceId = "";
                break;
            case nameof(SiloOptions.SiloPort):
                options.SiloPort = 0;
                break;
            case nameof(SiloOptions.ClientPort):
                options.ClientPort = options.SiloPort;
                break;
            case nameof(SiloOptions.Role):
                (options.Role, options.GrainStorage) = (SiloRole.Gateway, GrainStorageKind.Memory);
                break;
            case nameof(SiloOptions.ProbeInterval):
                options.ProbeInterval = TimeSpan.Zero;
                break;
            default:
                options.GrainStorage = (GrainStorageKind)99;
                break;
        }

        string[] failures = [.. new SiloOptionsValidator().Validate(null, options).Failures!];
        Assert.Contains(failures, failure => failure.StartsWith($"Silo:{option} ", StringComparison.Ordinal));
    }
}
