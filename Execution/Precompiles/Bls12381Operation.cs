using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x0b to 0x11: operations on BLS12-381 (EIP-2537).</summary>
internal sealed class Bls12381Operation : Precompile
{
    private readonly Func<ReadOnlySpan<byte>, long> _gas;
    private readonly Operation _run;
    private readonly int _outputLength;

    private Bls12381Operation(string name, int outputLength, Func<ReadOnlySpan<byte>, long> gas, Operation run)
    {
        Name = name;
        _outputLength = outputLength;
        _gas = gas;
        _run = run;
    }

    private delegate Bls12381Fault Operation(ReadOnlySpan<byte> input, Span<byte> output);

    public static Precompile G1Add { get; } = new Bls12381Operation("BLS12_G1ADD", Bls12381.G1Length, _ => 375, Bls12381.AddG1);

    public static Precompile G1Msm { get; } = new Bls12381Operation(
        "BLS12_G1MSM", Bls12381.G1Length, input => MsmGas(input.Length / Bls12381.G1TermLength, 12_000, G1Discounts), Bls12381.MultiplyG1);

    public static Precompile G2Add { get; } = new Bls12381Operation("BLS12_G2ADD", Bls12381.G2Length, _ => 600, Bls12381.AddG2);

    public static Precompile G2Msm { get; } = new Bls12381Operation(
        "BLS12_G2MSM", Bls12381.G2Length, input => MsmGas(input.Length / Bls12381.G2TermLength, 22_500, G2Discounts), Bls12381.MultiplyG2);

    public static Precompile PairingCheck { get; } = new Bls12381Operation(
        "BLS12_PAIRING_CHECK", UInt256.Length, input => 37_700 + (32_600L * (input.Length / Bls12381.PairLength)), CheckPairing);

    public static Precompile MapFpToG1 { get; } = new Bls12381Operation("BLS12_MAP_FP_TO_G1", Bls12381.G1Length, _ => 5500, Bls12381.MapFieldElementToG1);

    public static Precompile MapFp2ToG2 { get; } = new Bls12381Operation("BLS12_MAP_FP2_TO_G2", Bls12381.G2Length, _ => 23_800, Bls12381.MapFieldElementToG2);

    // Price of k terms in thousandths of k times that of one; the last value holds for more terms too (EIP-2537, "Discount for multi scalar multiplication").
    private static ReadOnlySpan<ushort> G1Discounts =>
    [
        1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
        625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
        575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
        543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
    ];

    private static ReadOnlySpan<ushort> G2Discounts =>
    [
        1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
        643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
        580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
        546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
    ];

    public override string Name { get; }

    public override long Gas(ReadOnlySpan<byte> input) => _gas(input);

    public override int OutputRoom(ReadOnlySpan<byte> input) => _outputLength;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        written = _outputLength;
        return _run(input, output) == Bls12381Fault.None;
    }

    private static long MsmGas(int terms, long price, ReadOnlySpan<ushort> discounts) =>
        terms == 0 ? 0 : terms * price * discounts[Math.Min(terms, discounts.Length) - 1] / 1000;

    private static Bls12381Fault CheckPairing(ReadOnlySpan<byte> input, Span<byte> output)
    {
        Bls12381Fault fault = Bls12381.CheckPairing(input, out bool isOne);
        new UInt256(isOne ? 1UL : 0UL).WriteBigEndian(output);
        return fault;
    }
}
