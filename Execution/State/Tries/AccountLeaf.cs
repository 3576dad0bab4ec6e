using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>An account in the trie.</summary>
internal sealed class AccountLeaf : TrieLeaf
{
    private readonly ulong _nonce;
    private readonly UInt256 _balance;

    /// <param name="key">The hashed address.</param>
    /// <param name="account">The account.</param>
    /// <param name="contract">Its code and storage; null where it has neither.</param>
    public AccountLeaf(in Hash256 key, in Account account, ContractLeaf? contract)
        : base(in key)
    {
        _nonce = account.Nonce;
        _balance = account.Balance;
        Contract = contract;
    }

    /// <param name="key">The hashed address.</param>
    /// <param name="record">The account with its storage root.</param>
    public AccountLeaf(in Hash256 key, in AccountRecord record)
        : this(in key, record.Account, ContractLeaf.Of(record.Account.CodeHash, record.StorageRoot, null))
    {
    }

    /// <summary>Code and storage; null where the account has neither.</summary>
    public ContractLeaf? Contract { get; }

    public Hash256 CodeHash => Contract is null ? Keccak256.OfEmpty : Contract.CodeHash;

    public Hash256 StorageRoot => Contract is null ? Keccak256.OfEmptyRlpString : Contract.StorageRoot;

    public override int ValueLength => ToRecord().RlpLength;

    /// <summary>Whether nonce and balance are an account's.</summary>
    public bool Holds(in Account account) => _nonce == account.Nonce && _balance == account.Balance;

    public AccountRecord ToRecord() => new(new Account(_nonce, _balance, CodeHash), StorageRoot);

    public override void WriteValue(Span<byte> destination) => ToRecord().WriteRlp(destination);
}
