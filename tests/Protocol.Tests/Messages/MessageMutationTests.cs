using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Tests.Messages;

/// <summary>A million mutated encodings: each decodes to a refusal or to a value that encodes to the same bytes, without an exception and within bounded memory.</summary>
public sealed class MessageMutationTests
{
    private const int CasesPerType = 125_000;
    private const int Samples = 250;

    // One-byte items of a list of byte strings need the most: an array of their own and a place in the list.
    private const long BytesPerInputByte = 96;
    private const long BytesPerInput = 4096;

    private static readonly byte[] Prefixes = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xb9, 0xbb, 0xbf, 0xc0, 0xc1, 0xf7, 0xf8, 0xf9, 0xfb, 0xff];

    [Theory]
    [InlineData(11)]
    public void Mutated_flashblocks(int seed) => Mutate(seed, g => g.Flashblock());

    [Theory]
    [InlineData(12)]
    public void Mutated_chunk_proposals(int seed) => Mutate(seed, g => g.ChunkProposal());

    [Theory]
    [InlineData(13)]
    public void Mutated_checkpoint_proposals(int seed) => Mutate(seed, g => g.CheckpointProposal());

    [Theory]
    [InlineData(14)]
    public void Mutated_chunk_attestations(int seed) => Mutate(seed, g => g.ChunkAttestation());

    [Theory]
    [InlineData(15)]
    public void Mutated_checkpoint_attestations(int seed) => Mutate(seed, g => g.CheckpointAttestation());

    [Theory]
    [InlineData(16)]
    public void Mutated_chunk_certificates(int seed) => Mutate(seed, g => g.ChunkCertificate());

    [Theory]
    [InlineData(17)]
    public void Mutated_checkpoint_certificates(int seed) => Mutate(seed, g => g.CheckpointCertificate());

    [Theory]
    [InlineData(18)]
    public void Mutated_evidence(int seed) => Mutate(seed, g => g.Evidence());

    [Fact]
    public void The_costliest_well_formed_messages_stay_within_the_bound()
    {
        MessageGenerators generate = new(1);
        Bytes one = new byte[] { 1 };
        ChunkProposal proposal = new(generate.Context(), generate.ChunkHeader(), generate.Signature(), Enumerable.Repeat(one, 60_000).ToImmutableArray());
        AssertBounded<ChunkProposal>(proposal.Encode());

        // A list that claims as many signatures as a committee can have, each one byte long.
        using RlpWriter writer = RlpWriter.Rent();
        CheckpointCertificate certificate = generate.CheckpointCertificate();
        int message = writer.BeginMessage(MessageKind.CheckpointCertificate, certificate.Context);
        int payload = writer.BeginList();
        writer.Write(certificate.Slot);
        writer.Write((ulong)certificate.Attestation);
        writer.Write(certificate.CheckpointHash);
        writer.EndList(payload);
        int signers = writer.BeginList();
        writer.Write(1UL);
        writer.Write(Enumerable.Repeat((byte)0xff, 128).ToArray());
        int signatures = writer.BeginList();
        for (int i = 0; i < 1024; i++)
        {
            writer.Write(one);
        }

        writer.EndList(signatures);
        writer.EndList(signers);
        writer.EndList(message);
        AssertBounded<CheckpointCertificate>(writer.ToArray());
    }

    private static void AssertBounded<T>(byte[] input)
        where T : class, IMessage<T>
    {
        Decode<T>(input, out _);
        Decode<T>(input, out long allocated);
        Assert.InRange(allocated, input.Length / 2, (BytesPerInputByte * input.Length) + BytesPerInput);
    }

    private static void Mutate<T>(int seed, Func<MessageGenerators, T> one)
        where T : class, IMessage<T>
    {
        Random random = new(seed);
        byte[][] samples = [.. Enumerable.Range(0, Samples).Select(i => one(new MessageGenerators((seed * 1000) + i)).Encode())];
        byte[] buffer = new byte[(samples.Max(s => s.Length) * 2) + 64];
        HashSet<Type> refusals = [];
        int accepted = 0;
        Decode<T>(samples[0], out _);
        for (int i = 0; i < CasesPerType; i++)
        {
            ReadOnlySpan<byte> input = Mutation(random, samples, buffer);
            try
            {
                Decoded<T> decoded = Decode<T>(input, out long allocated);
                if (allocated > (BytesPerInputByte * input.Length) + BytesPerInput)
                {
                    Assert.Fail($"{allocated} bytes allocated for {input.Length} bytes of input");
                }

                if (decoded is Decoded<T>.Ok ok)
                {
                    accepted++;
                    if (!input.SequenceEqual(ok.Value.Encode()))
                    {
                        Assert.Fail("the value encodes to other bytes");
                    }
                }
                else
                {
                    refusals.Add(Assert.IsType<Decoded<T>.Refused>(decoded).Reason.GetType());
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"{typeof(T).Name}, seed {seed}, case {i}, input {Convert.ToHexString(input)}: {exception.Message} {exception.StackTrace}");
            }
        }

        Assert.True(accepted > 100 && refusals.Count >= 4, $"{accepted} accepted, {refusals.Count} kinds of refusal: the mutations are too weak");
    }

    private static Decoded<T> Decode<T>(ReadOnlySpan<byte> input, out long allocated)
        where T : class, IMessage<T>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Decoded<T> decoded = T.Decode(input);
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return decoded;
    }

    private static ReadOnlySpan<byte> Mutation(Random random, byte[][] samples, byte[] buffer)
    {
        byte[] sample = samples[random.Next(samples.Length)];
        sample.CopyTo(buffer, 0);
        int length = sample.Length;
        for (int rounds = random.Next(1, 4); rounds > 0; rounds--)
        {
            switch (random.Next(9))
            {
                case 0:
                    buffer[random.Next(length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    length = random.Next(1, length + 1);
                    break;
                case 2:
                    int more = random.Next(1, 33);
                    random.NextBytes(buffer.AsSpan(length, Math.Min(more, buffer.Length - length)));
                    length = Math.Min(length + more, buffer.Length);
                    break;
                case 3:
                    // A length, or what becomes one: the outer header and the first fields are hit most.
                    buffer[random.Next(Math.Min(length, random.Next(2) == 0 ? 12 : length))] = Prefixes[random.Next(Prefixes.Length)];
                    break;
                case 4:
                    int position = random.Next(length);
                    buffer[position] = (byte)(buffer[position] + random.Next(-2, 3));
                    break;
                case 5:
                    // Cut bytes out of the middle and leave the headers as they are.
                    int from = random.Next(length);
                    int cut = random.Next(1, Math.Min(40, length - from) + 1);
                    buffer.AsSpan(from + cut, length - from - cut).CopyTo(buffer.AsSpan(from));
                    length = Math.Max(1, length - cut);
                    break;
                case 6:
                    byte[] other = samples[random.Next(samples.Length)];
                    int start = random.Next(other.Length);
                    int take = Math.Min(Math.Min(random.Next(1, 80), other.Length - start), length);
                    other.AsSpan(start, take).CopyTo(buffer.AsSpan(random.Next(length - take + 1)));
                    break;
                case 7:
                    // A long list of the shortest items, in place of the whole message.
                    int items = random.Next(60, Math.Min(buffer.Length - 3, 60_000));
                    buffer[0] = 0xf9;
                    buffer[1] = (byte)(items >> 8);
                    buffer[2] = (byte)items;
                    buffer.AsSpan(3, items).Fill(Prefixes[random.Next(Prefixes.Length)]);
                    length = items + 3;
                    break;
                default:
                    if (random.Next(4) == 0)
                    {
                        random.NextBytes(buffer.AsSpan(0, length));
                    }

                    break;
            }
        }

        return random.Next(2) == 0 ? WithOuterHeader(buffer, length) : buffer.AsSpan(0, length);
    }

    // Makes the outer list as long as what is there, so that the mutation reaches the fields inside.
    private static ReadOnlySpan<byte> WithOuterHeader(byte[] buffer, int length)
    {
        int old = buffer[0] < 0xf8 ? 1 : Math.Min(1 + (buffer[0] - 0xf7), 4);
        if (old >= length)
        {
            return buffer.AsSpan(0, length);
        }

        int payload = length - old;
        byte[] header = payload <= 55 ? [(byte)(0xc0 + payload)] : payload <= 255 ? [0xf8, (byte)payload] : [0xf9, (byte)(payload >> 8), (byte)payload];
        if (header.Length + payload > buffer.Length || payload > 65_535)
        {
            return buffer.AsSpan(0, length);
        }

        buffer.AsSpan(old, payload).CopyTo(buffer.AsSpan(header.Length));
        header.CopyTo(buffer, 0);
        return buffer.AsSpan(0, header.Length + payload);
    }
}
