using System.Collections.Immutable;
using System.Globalization;
using Cloud.Execution.State;
using Cloud.Gateway.Http;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;
using Cloud.Replica.Node;
using Cloud.Replica.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cloud.Gateway.Status;

/// <summary>The status API's resources, as <c>status.openapi.json</c> describes them.</summary>
internal sealed class StatusEndpoints(
    ReplicaNode node,
    StatusBook book,
    SettlementBook settlement,
    StatusHealth health,
    NetworkDescription network,
    EventEndpoints events,
    ClientResolver clients,
    RateGate rates,
    PositionHeaders positions)
{
    private const string Root = "/api/v1";
    private const string Json = "application/json";
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;
    private const int DefaultSlots = 64;
    private const int MaxSlots = 256;
    private const int MaxQuery = 80;
    private const int MaxAddressTransactions = 50;
    private const double Cost = 5;

    private static readonly Lazy<byte[]> OpenApi = new(static () =>
    {
        using Stream stream = typeof(StatusEndpoints).Assembly.GetManifestResourceStream("Cloud.Gateway.Status.status.openapi.json")!;
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    });

    /// <summary>Maps the resources.</summary>
    /// <param name="application">The host.</param>
    public void Map(IEndpointRouteBuilder application)
    {
        Get(application, "overview", _ => Answer(book.Overview(network.Document, positions.Present, health.Present, book.Publishers(settlement.Alarms))));
        Get(application, "network", _ => Answer(network.Document));
        Get(application, "tips", _ => Answer(StatusBook.TipsOf(node.View)));
        Get(application, "slots", context => Numbered(context, book.Slots));
        Get(application, "slots/{slot}", SlotAnswer);
        Get(application, "slots/{slot}/chunks/{chunk}", ChunkAnswer);
        Get(application, "blocks/{block}", BlockAnswer);
        Get(application, "transactions/{hash}", TransactionAnswer);
        Get(application, "transactions/{hash}/proof", ProofAnswer);
        Get(application, "checkpoints", context => Numbered(context, book.Checkpoints));
        Get(application, "checkpoints/{checkpoint}", CheckpointAnswer);
        Get(application, "publishers", _ => Answer(book.Publishers(settlement.Alarms)));
        Get(application, "committee", CommitteeAnswer);
        Get(application, "validators/{address}", ValidatorAnswer);
        Get(application, "addresses/{address}", AddressAnswer);
        Get(application, "reorgs", context => Named(context, book.Reorgs));
        Get(application, "broken-promises", context => Named(context, book.BrokenPromises));
        Get(application, "evidence", context => Named(context, book.Evidences));
        Get(application, "health", _ => Answer(health.Present));
        Get(application, "search", SearchAnswer);
        Get(application, "openapi.json", _ => Answer(OpenApi.Value));
        application.MapGet($"{Root}/events", events.HandleSseAsync);
        application.MapGet($"{Root}/events/ws", events.HandleWebSocketAsync);
        application.MapFallback($"{Root}/{{**rest}}", context => Problems.WriteAsync(context, Problems.NotFound("There is no such resource; /api/v1/openapi.json names all of them.")));
    }

    private static object Answer(object document) => document;

    private void Get(IEndpointRouteBuilder application, string path, Func<HttpContext, object> answer) =>
        application.MapGet($"{Root}/{path}", async context =>
        {
            if (!clients.TryResolve(context, out _, out ClientId client))
            {
                await Problems.WriteAsync(context, Problems.Unauthorized("The API key is not known, or not valid any more.")).ConfigureAwait(false);
                return;
            }

            if (rates.TryTake(in client, Cost) is { } refusal)
            {
                await Problems.WriteAsync(context, new ProblemDocument(
                    "/problems/rate-limited", "Too many requests", StatusCodes.Status429TooManyRequests, refusal.Message, RetryAfterMs: (int)Math.Min(int.MaxValue, Math.Ceiling(refusal.RetryAfter.TotalMilliseconds)))).ConfigureAwait(false);
                return;
            }

            if (await positions.ApplyAsync(context).ConfigureAwait(false) is var (status, message))
            {
                await Problems.WriteAsync(context, status == StatusCodes.Status400BadRequest
                    ? Problems.Invalid(PositionHeaders.MinPosition, message)
                    : new ProblemDocument("/problems/position-not-reached", "Position not reached", status, message, RetryAfterMs: 200)).ConfigureAwait(false);
                return;
            }

            object document = answer(context);
            if (document is ProblemDocument problem)
            {
                await Problems.WriteAsync(context, problem).ConfigureAwait(false);
                return;
            }

            byte[] body = document as byte[] ?? StatusJson.Write(document);
            HttpResponse response = context.Response;
            response.ContentType = Json;
            response.ContentLength = body.Length;
            response.Headers.CacheControl = "no-store";
            await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        });

    private static string RouteText(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    private static bool TryNumber(string text, out ulong number) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static ProblemDocument? TryCount(HttpContext context, string name, int most, int present, out int count)
    {
        count = present;
        string text = context.Request.Query[name].ToString();
        return text.Length == 0 || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1 && count <= most)
            ? null
            : Problems.Invalid(name, string.Create(CultureInfo.InvariantCulture, $"A number from 1 to {most} is expected.")) with { Limit = most };
    }

    private static object Numbered<T>(HttpContext context, Func<ulong?, int, PageDocument<T>> page)
    {
        string before = context.Request.Query["before"].ToString();
        ulong number = 0;
        return TryCount(context, "limit", MaxLimit, DefaultLimit, out int limit) is { } fault ? fault
            : before.Length > 0 && !TryNumber(before, out number) ? Problems.Invalid("before", "A cursor from next of the page before is expected.")
            : page(before.Length > 0 ? number : null, limit);
    }

    private static object Named<T>(HttpContext context, Func<string?, int, PageDocument<T>> page)
    {
        string before = context.Request.Query["before"].ToString();
        return TryCount(context, "limit", MaxLimit, DefaultLimit, out int limit) is { } fault ? fault
            : before.Length > 64 ? Problems.Invalid("before", "A cursor from next of the page before is expected.")
            : page(before.Length > 0 ? before : null, limit);
    }

    private object SlotAnswer(HttpContext context) =>
        !TryNumber(RouteText(context, "slot"), out ulong slot) ? Problems.Invalid("slot", "A slot number is expected.")
        : book.Slot(slot, out bool isPruned) is { } document ? document
        : isPruned ? Problems.Pruned($"Slot {slot} is not remembered any more.")
        : Problems.NotFound($"Slot {slot} has not begun.");

    private object ChunkAnswer(HttpContext context)
    {
        if (!TryNumber(RouteText(context, "slot"), out ulong slot))
        {
            return Problems.Invalid("slot", "A slot number is expected.");
        }

        return !TryNumber(RouteText(context, "chunk"), out ulong chunk) || chunk > 1023 ? Problems.Invalid("chunk", "An index from 0 to 1023 is expected.") with { Limit = 1023 }
            : book.Chunk(slot, (uint)chunk) is { } document ? document
            : book.Slot(slot, out bool isPruned) is null && isPruned ? Problems.Pruned($"Slot {slot} is not remembered any more.")
            : Problems.NotFound($"Slot {slot} has no chunk {chunk}.");
    }

    private object BlockAnswer(HttpContext context)
    {
        string text = RouteText(context, "block");
        ReplicaView view = node.View;
        ulong? number = text switch
        {
            "pending" => view.NumberOf(BlockTag.Pending),
            "latest" => view.NumberOf(BlockTag.Latest),
            "safe" => view.NumberOf(BlockTag.Safe),
            "finalized" => view.NumberOf(BlockTag.Finalized),
            _ when TryNumber(text, out ulong height) => height,
            _ when Hash256.TryParse(text, null, out Hash256 hash) => view.FindBlock(in hash)?.Number ?? ulong.MaxValue,
            _ => null,
        };
        return number is not { } wanted ? Problems.Invalid("block", "A height, a hash, or one of pending, latest, safe, finalized is expected.")
            : book.Chunk(wanted) is { } document ? document
            : wanted <= view.Latest.Number ? Problems.Pruned($"The chunk of block {wanted} is not remembered any more; JSON-RPC may still have the block.")
            : Problems.NotFound("There is no such block.");
    }

    private object TransactionAnswer(HttpContext context) =>
        !Hash256.TryParse(RouteText(context, "hash"), null, out Hash256 hash) ? Problems.Invalid("hash", "A transaction hash is expected: 0x and 64 hex digits.")
        : book.Transaction(in hash) is { } document ? document
        : Problems.NotFound($"Transaction {hash} is not known here.");

    private object ProofAnswer(HttpContext context)
    {
        if (!Hash256.TryParse(RouteText(context, "hash"), null, out Hash256 hash))
        {
            return Problems.Invalid("hash", "A transaction hash is expected: 0x and 64 hex digits.");
        }

        string name = context.Request.Query["rung"].ToString();
        TransactionState? rung = null;
        if (name.Length > 0)
        {
            rung = Enum.GetValues<TransactionState>().Where(state => state >= TransactionState.Preconfirmed && StatusBook.NameOf(state) == name).Select(state => (TransactionState?)state).FirstOrDefault();
            if (rung is null)
            {
                return Problems.Invalid("rung", "One of preconfirmed, proposed, attested, checkpointed, proven, finalized is expected.");
            }
        }

        if (book.Proof(in hash, rung, out bool isKnown) is not { } proof)
        {
            return isKnown ? Problems.NoProof("The transaction has not reached the rung, or its proof is not kept any more.") : Problems.NotFound($"Transaction {hash} is not known here.");
        }

        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{hash.ToString()[..12]}-{proof.Rungs[^1].Status}.proof.json\"";
        return TransactionProofJson.Write(proof);
    }

    private object CheckpointAnswer(HttpContext context)
    {
        string text = RouteText(context, "checkpoint");
        Hash256 hash = default;
        bool isNumber = TryNumber(text, out ulong number);
        if (!isNumber && !Hash256.TryParse(text, null, out hash))
        {
            return Problems.Invalid("checkpoint", "A number on L1 or the hash of the header is expected.");
        }

        return book.Checkpoint(isNumber ? number : null, isNumber ? null : hash) is { } document ? document : Problems.NotFound("There is no such checkpoint here.");
    }

    private object CommitteeAnswer(HttpContext context)
    {
        string text = context.Request.Query["epoch"].ToString();
        ulong epoch = 0;
        if (text.Length > 0 && !TryNumber(text, out epoch))
        {
            return Problems.Invalid("epoch", "The number of an epoch is expected.");
        }

        return TryCount(context, "slots", MaxSlots, DefaultSlots, out int slots) is { } fault ? fault
            : epoch > uint.MaxValue ? Problems.NotFound("The committee of that epoch is not drawn yet.")
            : book.Committee(text.Length > 0 ? epoch : null, slots) is { } document ? document
            : Problems.NotFound("The committee of that epoch is not known here.");
    }

    private object ValidatorAnswer(HttpContext context) =>
        !Address.TryParse(RouteText(context, "address"), null, out Address address) ? Problems.Invalid("address", "An address is expected: 0x and 40 hex digits.")
        : TryCount(context, "slots", MaxSlots, DefaultSlots, out int slots) is { } fault ? fault
        : book.Validator(in address, slots) is { } document ? document
        : Problems.NotFound($"{address} was in no committee of the slots that are remembered.");

    private object AddressAnswer(HttpContext context)
    {
        if (!Address.TryParse(RouteText(context, "address"), null, out Address address))
        {
            return Problems.Invalid("address", "An address is expected: 0x and 40 hex digits.");
        }

        ReplicaView view = node.View;
        if (view.FindState(BlockTag.Pending) is not { } pending || view.FindState(BlockTag.Latest) is not { } latest)
        {
            return Problems.NotReady("The state is not loaded yet.");
        }

        bool exists = pending.TryGetAccount(in address, out Account account);
        bool existed = latest.TryGetAccount(in address, out Account settled);
        return new AddressDocument(
            address,
            account.Balance,
            existed ? settled.Nonce : 0,
            account.Nonce,
            exists && account.CodeHash != KnownHashes.EmptyCode && !account.CodeHash.IsZero,
            book.RolesOf(in address),
            book.TransactionsOf(in address, MaxAddressTransactions));
    }

    private object SearchAnswer(HttpContext context)
    {
        string query = context.Request.Query["q"].ToString().Trim();
        if (query.Length is 0 or > MaxQuery)
        {
            return Problems.Invalid("q", $"A hash, an address, a number, or slot/chunk of at most {MaxQuery} characters is expected.") with { Limit = MaxQuery };
        }

        ImmutableArray<SearchMatchDocument>.Builder matches = ImmutableArray.CreateBuilder<SearchMatchDocument>();
        ReplicaView view = node.View;
        if (Hash256.TryParse(query, null, out Hash256 hash))
        {
            SearchHash(matches, view, hash);
        }
        else if (Address.TryParse(query, null, out Address address))
        {
            ImmutableArray<string> roles = book.RolesOf(in address);
            foreach (string role in (string[])["validator", "publisher"])
            {
                if (roles.Contains(role))
                {
                    matches.Add(new SearchMatchDocument(role, address.ToString(), $"{(role == "validator" ? "Validator" : "Publisher")} {address}"));
                }
            }

            matches.Add(new SearchMatchDocument("address", address.ToString(), $"Account {address}"));
        }
        else if (TryNumber(query, out ulong number))
        {
            if (book.Slot(number, out _) is not null)
            {
                matches.Add(new SearchMatchDocument("slot", query, $"Slot {number}"));
            }

            if (number <= (view.Pending?.Number ?? view.Latest.Number))
            {
                matches.Add(new SearchMatchDocument("block", query, $"Block {number}"));
            }

            if (book.Checkpoint(number, null) is not null)
            {
                matches.Add(new SearchMatchDocument("checkpoint", query, $"Checkpoint {number}"));
            }
        }
        else if (query.Split('/') is [var slotText, var chunkText] && TryNumber(slotText, out ulong slot) && uint.TryParse(chunkText, NumberStyles.None, CultureInfo.InvariantCulture, out uint chunk)
            && book.Chunk(slot, chunk) is not null)
        {
            matches.Add(new SearchMatchDocument("chunk", $"{slot}/{chunk}", $"Chunk {chunk} of slot {slot}"));
        }

        return new SearchDocument(query, matches.ToImmutable());
    }

    private void SearchHash(ImmutableArray<SearchMatchDocument>.Builder matches, ReplicaView view, Hash256 hash)
    {
        if (book.Transaction(in hash) is { } transaction)
        {
            matches.Add(new SearchMatchDocument("transaction", hash.ToString(), $"Transaction, {StatusBook.NameOf(transaction.State)}"));
        }

        if (view.FindBlock(in hash) is { } block)
        {
            matches.Add(new SearchMatchDocument("block", block.Number.ToString(CultureInfo.InvariantCulture), $"Block {block.Number}"));
        }

        if (book.Checkpoint(null, hash) is { } checkpoint)
        {
            matches.Add(new SearchMatchDocument("checkpoint", hash.ToString(), $"Checkpoint of slot {checkpoint.Slot}"));
        }

        if (book.FindChunk(in hash) is var (slot, chunk))
        {
            matches.Add(new SearchMatchDocument("chunk", $"{slot}/{chunk}", $"Chunk {chunk} of slot {slot}"));
        }
    }
}
