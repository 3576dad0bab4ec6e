using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>Proof of a fault that needs neither network nor trust: two signed statements, or a signed message and a claim that re-execution checks.</summary>
public abstract record Evidence : IMessage<Evidence>
{
    private Evidence(SigningContext context) => Context = context;

    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.Evidence;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxEvidenceLength;

    /// <inheritdoc/>
    public SigningContext Context { get; }

    /// <summary>The position of the fault. One offender can commit one offence only once at a position, so the three together are the identity of an offence.</summary>
    public abstract Duty Position { get; }

    /// <inheritdoc/>
    public static Decoded<Evidence> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    /// <summary>Checks the signatures.</summary>
    /// <param name="domains">The rollup.</param>
    /// <returns>What the evidence proves, and against whom.</returns>
    public EvidenceVerdict Verify(SigningDomains domains)
    {
        ArgumentNullException.ThrowIfNull(domains);
        return Context == domains.Context ? VerifySignatures(domains) : new EvidenceVerdict.NotProven("It belongs to another rollup.");
    }

    private protected abstract int Case { get; }

    private protected abstract EvidenceVerdict VerifySignatures(SigningDomains domains);

    private protected abstract void WriteFields(RlpWriter writer);

    private static Evidence? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        ulong which = fields.UInt64("case");
        Evidence? evidence = null;
        if (!fields.Failed)
        {
            switch (which)
            {
                case 1:
                    evidence = Equivocation.ReadFields(ref fields, context);
                    break;
                case 2:
                    evidence = InvalidChunk.ReadFields(ref fields, context);
                    break;
                case 3:
                    evidence = AttestedToInvalid.ReadFields(ref fields, context);
                    break;
                case 4:
                    evidence = InvalidCheckpoint.ReadFields(ref fields, context);
                    break;
                default:
                    fields.Refuse(new DecodeRefusal.OutOfRange("case", which));
                    break;
            }
        }

        fields.End("message");
        return fields.Failed ? null : evidence;
    }

    private static ReexecutionClaim ReadClaim(ref FieldReader fields)
    {
        FieldReader list = fields.List("claim");
        ulong fault = list.UInt64("fault");
        if (!list.Failed && fault is < (ulong)ReexecutionFault.BlockMismatch or > (ulong)ReexecutionFault.InvalidHeader)
        {
            list.Refuse(new DecodeRefusal.OutOfRange("fault", fault));
        }

        Hash256 blockHash = list.Hash("blockHash");
        list.End("claim");
        return new ReexecutionClaim((ReexecutionFault)fault, blockHash);
    }

    private static void Write(RlpWriter writer, ReexecutionClaim claim)
    {
        int list = writer.BeginList();
        writer.Write((ulong)claim.Fault);
        writer.Write(claim.BlockHash);
        writer.EndList(list);
    }

    private static EvidenceVerdict.NotProven Unrecoverable(string what) => new($"No key fits the signature of the {what}.");

    private void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        writer.Write((ulong)Case);
        WriteFields(writer);
        writer.EndList(message);
    }

    /// <summary>Two payloads that one key signed at one position. The contract can check it.</summary>
    public sealed record Equivocation : Evidence
    {
        /// <summary>Makes the evidence. The order of the two does not matter: the lower hash is kept first.</summary>
        /// <param name="context">The rollup.</param>
        /// <param name="duty">The position.</param>
        /// <param name="firstHash">One payload.</param>
        /// <param name="firstSignature">The signature on it.</param>
        /// <param name="secondHash">Another payload.</param>
        /// <param name="secondSignature">The signature on it.</param>
        /// <exception cref="ArgumentException">The payloads are the same.</exception>
        public Equivocation(
            SigningContext context, Duty duty, Hash256 firstHash, Signature firstSignature, Hash256 secondHash, Signature secondSignature)
            : base(context)
        {
            if (firstHash == secondHash)
            {
                throw new ArgumentException("Equal payloads are no equivocation.", nameof(secondHash));
            }

            Duty = duty;
            bool inOrder = firstHash < secondHash;
            (FirstHash, FirstSignature) = inOrder ? (firstHash, firstSignature) : (secondHash, secondSignature);
            (SecondHash, SecondSignature) = inOrder ? (secondHash, secondSignature) : (firstHash, firstSignature);
        }

        /// <summary>The position.</summary>
        public Duty Duty { get; }

        /// <summary>The payload with the lower hash.</summary>
        public Hash256 FirstHash { get; }

        /// <summary>The signature on it.</summary>
        public Signature FirstSignature { get; }

        /// <summary>The payload with the higher hash.</summary>
        public Hash256 SecondHash { get; }

        /// <summary>The signature on it.</summary>
        public Signature SecondSignature { get; }

        /// <inheritdoc/>
        public override Duty Position => Duty;

        private protected override int Case => 1;

        internal static Equivocation? ReadFields(ref FieldReader fields, SigningContext context)
        {
            FieldReader position = fields.List("duty");
            ulong kind = position.UInt64("kind");
            ulong slot = position.UInt64("slot");
            Duty duty = default;
            switch ((MessageKind)Math.Min(kind, byte.MaxValue))
            {
                case MessageKind.Flashblock:
                    duty = Duty.Flashblock(slot, position.UInt32("chunk"), position.UInt32("index"));
                    break;
                case MessageKind.ChunkProposal:
                    duty = Duty.ChunkProposal(slot, position.UInt32("index"));
                    break;
                case MessageKind.CheckpointProposal:
                    duty = Duty.CheckpointProposal(slot);
                    break;
                case MessageKind.ChunkAttestation:
                    Address producer = position.Address("producer");
                    uint index = position.UInt32("index");
                    duty = Duty.ChunkAttestation(slot, producer, index, position.AttestationKind("attestation"));
                    break;
                case MessageKind.CheckpointAttestation:
                    duty = Duty.CheckpointAttestation(slot, position.AttestationKind("attestation"));
                    break;
                default:
                    position.Refuse(new DecodeRefusal.OutOfRange("kind", kind));
                    break;
            }

            position.End("duty");
            Hash256 firstHash = fields.Hash("firstHash");
            Signature firstSignature = fields.Signature("firstSignature");
            Hash256 secondHash = fields.Hash("secondHash");
            Signature secondSignature = fields.Signature("secondSignature");
            if (!fields.Failed && firstHash >= secondHash)
            {
                fields.Refuse(new DecodeRefusal.Inconsistent("the first hash is lower than the second"));
            }

            return fields.Failed ? null : new Equivocation(context, duty, firstHash, firstSignature, secondHash, secondSignature);
        }

        private protected override EvidenceVerdict VerifySignatures(SigningDomains domains)
        {
            if (!domains.TryRecover(new Statement(Duty, FirstHash), FirstSignature, out Address first))
            {
                return Unrecoverable("first statement");
            }

            if (!domains.TryRecover(new Statement(Duty, SecondHash), SecondSignature, out Address second))
            {
                return Unrecoverable("second statement");
            }

            return first == second
                ? new EvidenceVerdict.Proven((Offence)(Duty.Kind - MessageKind.Flashblock + (int)Offence.DuplicateFlashblock), first)
                : new EvidenceVerdict.NotProven($"Two keys signed: {first} and {second}.");
        }

        private protected override void WriteFields(RlpWriter writer)
        {
            int position = writer.BeginList();
            writer.Write((ulong)Duty.Kind);
            writer.Write(Duty.Slot);
            if (Duty.Kind == MessageKind.ChunkAttestation)
            {
                writer.Write(Duty.Producer);
            }

            if (Duty.Kind is MessageKind.Flashblock or MessageKind.ChunkProposal or MessageKind.ChunkAttestation)
            {
                writer.Write((ulong)Duty.Chunk);
            }

            if (Duty.Kind == MessageKind.Flashblock)
            {
                writer.Write((ulong)Duty.Index);
            }

            if (Duty.Kind is MessageKind.ChunkAttestation or MessageKind.CheckpointAttestation)
            {
                writer.Write((ulong)Duty.Attestation);
            }

            writer.EndList(position);
            writer.Write(FirstHash);
            writer.Write(FirstSignature);
            writer.Write(SecondHash);
            writer.Write(SecondSignature);
        }
    }

    /// <summary>A chunk that its producer signed and that re-execution shows to be invalid.</summary>
    /// <param name="Proposal">The chunk.</param>
    /// <param name="Claim">What re-execution gave.</param>
    public sealed record InvalidChunk(ChunkProposal Proposal, ReexecutionClaim Claim) : Evidence(Proposal.Context)
    {
        /// <inheritdoc/>
        public override Duty Position => Proposal.Header.Statement.Duty;

        private protected override int Case => 2;

        internal static InvalidChunk? ReadFields(ref FieldReader fields, SigningContext context)
        {
            ChunkProposal? proposal = ChunkProposal.Read(ref fields);
            ReexecutionClaim claim = ReadClaim(ref fields);
            if (!fields.Failed && proposal!.Context != context)
            {
                fields.Refuse(new DecodeRefusal.Inconsistent("evidence and proposal belong to one rollup"));
            }

            return fields.Failed ? null : new InvalidChunk(proposal!, claim);
        }

        private protected override EvidenceVerdict VerifySignatures(SigningDomains domains) =>
            domains.TryRecover(Proposal.Header.Statement, Proposal.Signature, out Address producer)
                ? new EvidenceVerdict.NeedsReexecution(Offence.InvalidChunkProposal, producer)
                : Unrecoverable("chunk");

        private protected override void WriteFields(RlpWriter writer)
        {
            Proposal.Write(writer);
            Write(writer, Claim);
        }
    }

    /// <summary>An attestation of having executed a chunk that re-execution shows to be invalid.</summary>
    /// <param name="Attestation">The attestation.</param>
    /// <param name="Proposal">The chunk.</param>
    /// <param name="Claim">What re-execution gave.</param>
    public sealed record AttestedToInvalid(ChunkAttestation Attestation, ChunkProposal Proposal, ReexecutionClaim Claim) : Evidence(Attestation.Context)
    {
        /// <inheritdoc/>
        public override Duty Position => Attestation.Statement.Duty;

        private protected override int Case => 3;

        internal static AttestedToInvalid? ReadFields(ref FieldReader fields, SigningContext context)
        {
            ChunkAttestation? attestation = ChunkAttestation.Read(ref fields);
            ChunkProposal? proposal = ChunkProposal.Read(ref fields);
            ReexecutionClaim claim = ReadClaim(ref fields);
            if (!fields.Failed && (attestation!.Context != context || proposal!.Context != context))
            {
                fields.Refuse(new DecodeRefusal.Inconsistent("evidence, attestation and proposal belong to one rollup"));
            }

            return fields.Failed ? null : new AttestedToInvalid(attestation!, proposal!, claim);
        }

        private protected override EvidenceVerdict VerifySignatures(SigningDomains domains)
        {
            ChunkHeader header = Proposal.Header;
            if (Attestation.Attestation == AttestationKind.Stored)
            {
                return new EvidenceVerdict.NotProven("An attestation of storage says nothing about validity.");
            }

            // The header commits to slot, producer and index, so the hash alone would do; a position that contradicts it is refused by validation, not punished.
            if (Attestation.ChunkHash != header.Hash || Attestation.Slot != header.Slot || Attestation.Index != header.Index || Attestation.Producer != header.Producer)
            {
                return new EvidenceVerdict.NotProven("The attestation speaks of another chunk.");
            }

            return domains.TryRecover(Attestation.Statement, Attestation.Signature, out Address attester)
                ? new EvidenceVerdict.NeedsReexecution(Offence.AttestedToInvalid, attester)
                : Unrecoverable("attestation");
        }

        private protected override void WriteFields(RlpWriter writer)
        {
            Attestation.Write(writer);
            Proposal.Write(writer);
            Write(writer, Claim);
        }
    }

    /// <summary>A checkpoint that its proposer signed and that rebuilding it from the slot's chunks shows to be invalid.</summary>
    /// <param name="Proposal">The checkpoint.</param>
    /// <param name="Claim">What rebuilding gave.</param>
    public sealed record InvalidCheckpoint(CheckpointProposal Proposal, ReexecutionClaim Claim) : Evidence(Proposal.Context)
    {
        /// <inheritdoc/>
        public override Duty Position => Proposal.Header.Statement.Duty;

        private protected override int Case => 4;

        internal static InvalidCheckpoint? ReadFields(ref FieldReader fields, SigningContext context)
        {
            CheckpointProposal? proposal = CheckpointProposal.Read(ref fields);
            ReexecutionClaim claim = ReadClaim(ref fields);
            if (!fields.Failed && proposal!.Context != context)
            {
                fields.Refuse(new DecodeRefusal.Inconsistent("evidence and proposal belong to one rollup"));
            }

            return fields.Failed ? null : new InvalidCheckpoint(proposal!, claim);
        }

        private protected override EvidenceVerdict VerifySignatures(SigningDomains domains) =>
            domains.TryRecover(Proposal.Header.Statement, Proposal.Signature, out Address proposer)
                ? new EvidenceVerdict.NeedsReexecution(Offence.InvalidCheckpointProposal, proposer)
                : Unrecoverable("checkpoint");

        private protected override void WriteFields(RlpWriter writer)
        {
            Proposal.Write(writer);
            Write(writer, Claim);
        }
    }
}
