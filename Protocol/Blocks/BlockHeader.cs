using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Blocks;

/// <summary>A block header of Cancun or later (yellow paper section 4.3; EIP-1559, 4895, 4844, 4788, 7685).</summary>
/// <remarks>Fields that have one value only since the merge (ommers, difficulty, nonce) are not here: they are written, and checked when read.</remarks>
public sealed record BlockHeader
{
    /// <summary>Longest <see cref="ExtraData"/> in bytes.</summary>
    public const int MaxExtraDataLength = 32;

    private const int NonceLength = 8;

    /// <summary>Hash of the parent's header.</summary>
    public Hash256 ParentHash { get; init; }

    /// <summary>Who gets the tips.</summary>
    public Address FeeRecipient { get; init; }

    /// <summary>Root of the state after the block.</summary>
    public Hash256 StateRoot { get; init; } = KnownHashes.EmptyTrieRoot;

    /// <summary>Root of the transactions.</summary>
    public Hash256 TransactionsRoot { get; init; } = KnownHashes.EmptyTrieRoot;

    /// <summary>Root of the receipts.</summary>
    public Hash256 ReceiptsRoot { get; init; } = KnownHashes.EmptyTrieRoot;

    /// <summary>Filter over all logs.</summary>
    public Bloom LogsBloom { get; init; } = Bloom.Empty;

    /// <summary>Height.</summary>
    public ulong Number { get; init; }

    /// <summary>Most gas that the block may use.</summary>
    public ulong GasLimit { get; init; }

    /// <summary>Gas that the block uses.</summary>
    public ulong GasUsed { get; init; }

    /// <summary>Unix time in seconds.</summary>
    public ulong Timestamp { get; init; }

    /// <summary>At most 32 bytes of the builder's choice.</summary>
    public Bytes ExtraData { get; init; }

    /// <summary>The randomness that PREVRANDAO returns (EIP-4399).</summary>
    public Hash256 PrevRandao { get; init; }

    /// <summary>Price per gas in wei that is not paid to the fee recipient (EIP-1559).</summary>
    public UInt256 BaseFeePerGas { get; init; }

    /// <summary>Root of the withdrawals; on L2 a chain may commit to something else of its own.</summary>
    public Hash256 WithdrawalsRoot { get; init; } = KnownHashes.EmptyTrieRoot;

    /// <summary>Gas that blobs use: 0 on L2, but for chains that count data there (OP Jovian).</summary>
    public ulong BlobGasUsed { get; init; }

    /// <summary>Running excess of blob gas: 0 on L2.</summary>
    public ulong ExcessBlobGas { get; init; }

    /// <summary>Root of the beacon block of the parent (EIP-4788).</summary>
    public Hash256 ParentBeaconBlockRoot { get; init; }

    /// <summary>Hash of the execution requests; null before Prague (EIP-7685).</summary>
    public Hash256? RequestsHash { get; init; }

    /// <summary>Keccak-256 of the encoding: the block's name. Computed at each call; <see cref="Block.Hash"/> keeps it.</summary>
    /// <returns>The hash.</returns>
    public Hash256 ComputeHash()
    {
        using RlpWriter writer = RlpWriter.Rent();
        Write(writer);
        return Keccak256.Hash(writer.WrittenSpan);
    }

    /// <summary>Writes the RLP list of the fields.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(ParentHash);
        writer.Write(KnownHashes.EmptyOmmers);
        writer.Write(FeeRecipient);
        writer.Write(StateRoot);
        writer.Write(TransactionsRoot);
        writer.Write(ReceiptsRoot);
        writer.Write(LogsBloom.Span);
        writer.Write(0UL);
        writer.Write(Number);
        writer.Write(GasLimit);
        writer.Write(GasUsed);
        writer.Write(Timestamp);
        writer.Write(ExtraData);
        writer.Write(PrevRandao);
        writer.Write(stackalloc byte[NonceLength]);
        writer.Write(BaseFeePerGas);
        writer.Write(WithdrawalsRoot);
        writer.Write(BlobGasUsed);
        writer.Write(ExcessBlobGas);
        writer.Write(ParentBeaconBlockRoot);
        if (RequestsHash is { } requests)
        {
            writer.Write(requests);
        }

        writer.EndList(list);
    }

    /// <summary>The RLP list of the fields.</summary>
    /// <returns>An array of its own.</returns>
    public byte[] Encode()
    {
        using RlpWriter writer = RlpWriter.Rent();
        Write(writer);
        return writer.ToArray();
    }

    /// <summary>Decodes a header. Total: never throws.</summary>
    /// <param name="raw">The RLP list.</param>
    /// <param name="header">The header; null where it is refused.</param>
    /// <returns>What is wrong, or null.</returns>
    public static BlockRefusal? TryDecode(ReadOnlySpan<byte> raw, out BlockHeader? header)
    {
        RlpReader reader = new(raw);
        BlockRefusal? refusal = TryRead(ref reader, out header);
        if (refusal is null && !reader.TryEnd())
        {
            header = null;
            return new BlockRefusal.Malformed("header", reader.Error);
        }

        return refusal;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="reader">Stands before the header; after it on success.</param>
    /// <param name="header">The header; null where it is refused.</param>
    /// <returns>What is wrong, or null.</returns>
    internal static BlockRefusal? TryRead(ref RlpReader reader, out BlockHeader? header)
    {
        header = null;
        if (!reader.TryReadList(out RlpReader fields))
        {
            return new BlockRefusal.Malformed("header", reader.Error);
        }

        string field = "parentHash";
        if (!fields.TryReadHash256(out Hash256 parentHash)
            || !At("sha3Uncles", ref field) || !fields.TryReadHash256(out Hash256 ommers)
            || !At("miner", ref field) || !fields.TryReadAddress(out Address feeRecipient)
            || !At("stateRoot", ref field) || !fields.TryReadHash256(out Hash256 stateRoot)
            || !At("transactionsRoot", ref field) || !fields.TryReadHash256(out Hash256 transactionsRoot)
            || !At("receiptsRoot", ref field) || !fields.TryReadHash256(out Hash256 receiptsRoot)
            || !At("logsBloom", ref field) || !fields.TryReadExactly(Bloom.Length, out ReadOnlySpan<byte> bloom)
            || !At("difficulty", ref field) || !fields.TryReadUInt256(out UInt256 difficulty)
            || !At("number", ref field) || !fields.TryReadUInt64(out ulong number)
            || !At("gasLimit", ref field) || !fields.TryReadUInt64(out ulong gasLimit)
            || !At("gasUsed", ref field) || !fields.TryReadUInt64(out ulong gasUsed)
            || !At("timestamp", ref field) || !fields.TryReadUInt64(out ulong timestamp)
            || !At("extraData", ref field) || !fields.TryReadBytes(MaxExtraDataLength, out Bytes extraData)
            || !At("mixHash", ref field) || !fields.TryReadHash256(out Hash256 prevRandao)
            || !At("nonce", ref field) || !fields.TryReadExactly(NonceLength, out ReadOnlySpan<byte> nonce)
            || !At("baseFeePerGas", ref field) || !fields.TryReadUInt256(out UInt256 baseFee)
            || !At("withdrawalsRoot", ref field) || !fields.TryReadHash256(out Hash256 withdrawalsRoot)
            || !At("blobGasUsed", ref field) || !fields.TryReadUInt64(out ulong blobGasUsed)
            || !At("excessBlobGas", ref field) || !fields.TryReadUInt64(out ulong excessBlobGas)
            || !At("parentBeaconBlockRoot", ref field) || !fields.TryReadHash256(out Hash256 beaconRoot))
        {
            return new BlockRefusal.Malformed(field, fields.Error);
        }

        Hash256 requests = default;
        bool hasRequests = !fields.IsAtEnd;
        if (hasRequests && !fields.TryReadHash256(out requests))
        {
            return new BlockRefusal.Malformed("requestsHash", fields.Error);
        }

        if (!fields.TryEnd())
        {
            return new BlockRefusal.Malformed("header", fields.Error);
        }

        if (ommers != KnownHashes.EmptyOmmers)
        {
            return new BlockRefusal.UnexpectedValue("sha3Uncles", "the hash of no ommers");
        }

        if (!difficulty.IsZero)
        {
            return new BlockRefusal.UnexpectedValue("difficulty", "0");
        }

        if (nonce.ContainsAnyExcept((byte)0))
        {
            return new BlockRefusal.UnexpectedValue("nonce", "0");
        }

        header = new BlockHeader
        {
            ParentHash = parentHash,
            FeeRecipient = feeRecipient,
            StateRoot = stateRoot,
            TransactionsRoot = transactionsRoot,
            ReceiptsRoot = receiptsRoot,
            LogsBloom = Bloom.FromBytes(bloom),
            Number = number,
            GasLimit = gasLimit,
            GasUsed = gasUsed,
            Timestamp = timestamp,
            ExtraData = extraData,
            PrevRandao = prevRandao,
            BaseFeePerGas = baseFee,
            WithdrawalsRoot = withdrawalsRoot,
            BlobGasUsed = blobGasUsed,
            ExcessBlobGas = excessBlobGas,
            ParentBeaconBlockRoot = beaconRoot,
            RequestsHash = hasRequests ? requests : null,
        };
        return null;

        // Names the field that is read next, so that a failure can be told.
        static bool At(string name, ref string field)
        {
            field = name;
            return true;
        }
    }
}
