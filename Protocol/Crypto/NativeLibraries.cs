using System.Runtime.InteropServices;

namespace Cloud.Protocol.Crypto;

/// <summary>The native libraries of this project, and how the names in its P/Invoke declarations are resolved.</summary>
internal static class NativeLibraries
{
    /// <summary>Name in the declarations of <see cref="Secp256k1"/>.</summary>
    public const string Secp256k1Name = "secp256k1";

    private static readonly Lock Gate = new();
    private static bool s_registered;

    /// <summary>ECDSA over secp256k1 with public key recovery.</summary>
    public static NativeLibraryFile Secp256k1File { get; } = new(
        "libsecp256k1.so.1",
        ["libsecp256k1.so.1", "libsecp256k1.so.2", "libsecp256k1.so.6"],
        FromSystem: true,
        ["secp256k1_ecdsa_recover", "secp256k1_ecdsa_sign_recoverable", "secp256k1_context_randomize"],
        "Install Debian's package libsecp256k1-1 (apt-get install libsecp256k1-1), or start the product with ./run.sh, which does.");

    /// <summary>Makes the declarations resolvable; the first call does the work. To be called before the first native call.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (!s_registered)
            {
                NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, static (name, _, _) => name switch
                {
                    Secp256k1Name => Secp256k1File.Load(),
                    _ => 0,
                });
                s_registered = true;
            }
        }
    }
}
