using System.Runtime.InteropServices;

namespace Cloud.Protocol.Crypto;

/// <summary>The native libraries of this project, and how the names in its P/Invoke declarations are resolved.</summary>
internal static class NativeLibraries
{
    /// <summary>Name in the declarations of <see cref="Secp256k1"/>.</summary>
    public const string Secp256k1Name = "secp256k1";

    /// <summary>Name in the declarations of <see cref="Kzg"/> and <see cref="Blst"/>.</summary>
    public const string KzgName = "preconf_kzg";

    private const string BuildRemedy =
        "Run native/build.sh and build the solution again (./run.sh and ./test.sh do both), or name the folder that holds it in " + NativeLibraryFile.FolderVariable + ".";

    private static readonly Lock Gate = new();
    private static bool s_registered;

    /// <summary>ECDSA over secp256k1 with public key recovery.</summary>
    public static NativeLibraryFile Secp256k1File { get; } = new(
        "libsecp256k1.so.1",
        ["libsecp256k1.so.1", "libsecp256k1.so.2", "libsecp256k1.so.6"],
        FromSystem: true,
        ["secp256k1_ecdsa_recover", "secp256k1_ecdsa_sign_recoverable", "secp256k1_context_randomize"],
        "Install Debian's package libsecp256k1-1 (apt-get install libsecp256k1-1), or start the product with ./run.sh, which does.");

    /// <summary>c-kzg-4844 and blst, built by native/build.sh.</summary>
    public static NativeLibraryFile KzgFile { get; } = new(
        "libpreconf_kzg.so",
        ["libpreconf_kzg.so"],
        FromSystem: false,
        ["load_trusted_setup", "compute_cells_and_kzg_proofs", "blst_miller_loop_n", "blst_p2s_mult_pippenger"],
        BuildRemedy);

    /// <summary>The points of the KZG ceremony as text, from the same package as the library.</summary>
    public static NativeLibraryFile TrustedSetupFile { get; } = new("trusted_setup.txt", ["trusted_setup.txt"], FromSystem: false, [], BuildRemedy);

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
                    KzgName => KzgFile.Load(),
                    _ => 0,
                });
                s_registered = true;
            }
        }
    }
}
