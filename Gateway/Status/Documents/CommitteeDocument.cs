using System.Collections.Immutable;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Committee.</summary>
internal sealed record CommitteeDocument(
    ulong Epoch, ulong FirstSlot, ulong LastSlot, int Size, int Quorum, ImmutableArray<MemberDocument> Members, ImmutableArray<SlotAttendanceDocument> Slots);

/// <summary>A member of the committee.</summary>
internal sealed record MemberDocument(Address Address, ValidatorRecord Record, double? MedianAfterSealMs, bool Hosted);

/// <summary>Schema SlotAttendance.</summary>
internal sealed record SlotAttendanceDocument(ulong Slot, int? Proposer, SlotResult? Result, string Attendance);

/// <summary>Schema Validator.</summary>
internal sealed record ValidatorDocument(
    Address Address, bool InCommittee, int? Index, ValidatorRecord Record, ImmutableArray<DutyDocument> Duties, ImmutableArray<EvidenceDocument> Evidence);

/// <summary>What a validator did in a slot.</summary>
internal sealed record DutyDocument(ulong Slot, bool IsProposer, SlotResult? Result, Attendance? Attendance);

/// <summary>Schema AddressInfo.</summary>
internal sealed record AddressDocument(
    Address Address, UInt256 Balance, ulong Nonce, ulong PendingNonce, bool IsContract, ImmutableArray<string> Roles, ImmutableArray<AddressTransactionDocument> Transactions);

/// <summary>A transaction of an account.</summary>
internal sealed record AddressTransactionDocument(Hash256 Hash, TransactionState State, DateTimeOffset At, ulong Nonce);

/// <summary>Schema SearchResult.</summary>
internal sealed record SearchDocument(string Query, ImmutableArray<SearchMatchDocument> Matches);

/// <summary>Schema SearchMatch.</summary>
internal sealed record SearchMatchDocument(string Kind, string Key, string Label);
