using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Bench.Crypto;

/// <summary>What the hot paths call most, with BenchmarkDotNet's statistics and allocations.</summary>
[MemoryDiagnoser]
public class CryptoBenchmarks
{
    private readonly byte[] _message = RandomNumberGenerator.GetBytes(136);
    private readonly byte[] _digest = new byte[32];
    private readonly ulong[] _state = new ulong[KeccakF1600.Lanes];
    private readonly byte[] _key = Keccak256.Hash("key"u8).ToArray();
    private readonly Hash256 _signed = Keccak256.Hash("message"u8);
    private Signature _signature;

    [GlobalSetup]
    public void Setup() => _signature = Secp256k1.Sign(_key, _signed);

    [Benchmark]
    public void Keccak256Of136Bytes() => Keccak256.Hash(_message, _digest);

    [Benchmark]
    public void PermuteScalar() => KeccakF1600.PermuteScalar(ref _state[0]);

    [Benchmark]
    public void PermuteChosen() => KeccakF1600.Permute(ref _state[0]);

    [Benchmark]
    public bool Recover() => Secp256k1.TryRecover(_signed, _signature, out _);

    [Benchmark]
    public Signature Sign() => Secp256k1.Sign(_key, _signed);
}
