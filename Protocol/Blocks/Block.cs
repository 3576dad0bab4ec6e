using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Blocks;

/// <summary>A header with its transactions. On L2 there are no ommers and no withdrawals. Immutable.</summary>
public sealed class Block
{
    /// <summary>Joins a header with its transactions.</summary>
    /// <param name="header">The header. Whether it fits the transactions is not checked here.</param>
    /// <param name="transactions">In order.</param>
    public Block(BlockHeader header, ImmutableArray<Transaction> transactions)
    {
        Header = header;
        Transactions = transactions;
        Hash = header.ComputeHash();
    }

    /// <summary>The header.</summary>
    public BlockHeader Header { get; }

    /// <summary>The transactions in order.</summary>
    public ImmutableArray<Transaction> Transactions { get; }

    /// <summary>Hash of the header: the block's name.</summary>
    public Hash256 Hash { get; }

    /// <summary>Root of some transactions.</summary>
    /// <param name="transactions">In order.</param>
    /// <returns>The root.</returns>
    public static Hash256 TransactionsRootOf(IReadOnlyList<Transaction> transactions) =>
        OrderedTrie.Root(transactions, static (transaction, writer) => writer.WriteRaw(transaction.Raw.Span));

    /// <summary>Root of some receipts.</summary>
    /// <param name="receipts">In order.</param>
    /// <returns>The root.</returns>
    public static Hash256 ReceiptsRootOf(IReadOnlyList<Receipt> receipts) =>
        OrderedTrie.Root(receipts, static (receipt, writer) => receipt.WriteEnvelope(writer));

    /// <summary>The RLP list [header, transactions, ommers, withdrawals].</summary>
    /// <returns>An array of its own.</returns>
    public byte[] Encode()
    {
        using RlpWriter writer = RlpWriter.Rent();
        int list = writer.BeginList();
        Header.Write(writer);
        int transactions = writer.BeginList();
        foreach (Transaction transaction in Transactions)
        {
            transaction.WriteItem(writer);
        }

        writer.EndList(transactions);
        writer.EndList(writer.BeginList());
        writer.EndList(writer.BeginList());
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Decodes a block and checks that its transactions belong to its header. Total: never throws.</summary>
    /// <param name="raw">The RLP list.</param>
    /// <param name="rules">Which transactions to accept.</param>
    /// <param name="block">The block; null where it is refused.</param>
    /// <returns>What is wrong, or null.</returns>
    public static BlockRefusal? TryDecode(ReadOnlySpan<byte> raw, TransactionRules rules, out Block? block)
    {
        block = null;
        RlpReader outer = new(raw);
        if (!outer.TryReadList(out RlpReader fields) || !outer.TryEnd())
        {
            return new BlockRefusal.Malformed("block", outer.Error);
        }

        if (BlockHeader.TryRead(ref fields, out BlockHeader? header) is { } headerRefusal)
        {
            return headerRefusal;
        }

        if (!fields.TryReadList(out RlpReader list))
        {
            return new BlockRefusal.Malformed("transactions", fields.Error);
        }

        ImmutableArray<Transaction>.Builder transactions = ImmutableArray.CreateBuilder<Transaction>();
        while (!list.IsAtEnd)
        {
            switch (Transaction.ReadItem(ref list, rules))
            {
                case TransactionDecoding.Decoded decoded:
                    transactions.Add(decoded.Transaction);
                    break;
                case TransactionDecoding.Refused refused:
                    return new BlockRefusal.InvalidTransaction(transactions.Count, refused.Reason);
            }
        }

        if (!fields.TryReadList(out RlpReader ommers))
        {
            return new BlockRefusal.Malformed("ommers", fields.Error);
        }

        if (!fields.TryReadList(out RlpReader withdrawals) || !fields.TryEnd())
        {
            return new BlockRefusal.Malformed("withdrawals", fields.Error);
        }

        if (!ommers.IsAtEnd)
        {
            return new BlockRefusal.UnexpectedValue("ommers", "empty");
        }

        if (!withdrawals.IsAtEnd)
        {
            return new BlockRefusal.UnexpectedValue("withdrawals", "empty");
        }

        if (header!.TransactionsRoot != TransactionsRootOf(transactions))
        {
            return new BlockRefusal.Mismatch("transactionsRoot");
        }

        block = new Block(header, transactions.DrainToImmutable());
        return null;
    }
}
