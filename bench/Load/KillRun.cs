using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Cloud.Testing.L1;

namespace Cloud.Load;

/// <summary>Starts the product, kills it with -9 at a random moment under load, starts it again on the same data and L1, and so on; then compares what it had promised with what is in the chain.</summary>
internal static class KillRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    internal static async Task<int> RunAsync(int validators, int tps, int kills, int seed, bool logs, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("preconf-kills-").FullName;
        await using LocalL1 l1 = await LocalL1.StartAsync(Path.Combine(folder, "l1-outside"), DateTimeOffset.UtcNow, cancellationToken: cancellationToken);

        // L1 makes its blocks by itself: it goes on while the product is dead.
        await l1.RunAsync(LoadOptions.Killed(validators, tps).ToCloud(folder).Plan!.L1Slot, cancellationToken);
        Random random = new(seed);
        ConcurrentDictionary<string, byte> promised = new();
        ConcurrentDictionary<string, string> signed = new();
        ConcurrentBag<string> doubles = [];
        ConcurrentBag<string> broken = [];

        void Take(string line)
        {
            switch (line.Split(' '))
            {
                case ["promised", string transaction]:
                    promised.TryAdd(transaction, 0);
                    break;
                case ["signed", string duty, string payload] when signed.GetOrAdd(duty, payload) != payload:
                    doubles.Add($"{duty}: {signed[duty]} and {payload}");
                    break;
                case ["broken", ..]:
                    broken.Add(line);
                    break;
                default:
                    break;
            }
        }

        for (int kill = 0; kill < kills; kill++)
        {
            using Child child = Child.Start(Path.Combine(folder, "data"), l1.Address, validators, tps, logs, Take);
            await child.WaitForAsync("ready", Patience, cancellationToken);
            int at = random.Next(300, 6_000);
            await Task.Delay(at, cancellationToken);
            child.Kill();
            await child.EndAsync();
            Console.WriteLine($"kill {kill + 1} after {at} ms: {promised.Count} promises, {signed.Count} positions signed, {doubles.Count} signed twice");
        }

        using Child last = Child.Start(Path.Combine(folder, "data"), l1.Address, validators, tps, logs, Take);
        await last.WaitForAsync("ready", Patience, cancellationToken);
        await last.AskAsync("quiet", "quiet", Patience, cancellationToken);
        List<string> open = [.. promised.Keys];
        for (int round = 0; round < 60 && open.Count > 0; round++)
        {
            await Task.Delay(2_000, cancellationToken);
            List<string> still = [];
            foreach (string transaction in open)
            {
                string answer = await last.AskAsync($"status {transaction}", $"status {transaction}", Patience, cancellationToken);
                if (!(answer.EndsWith("Checkpointed", StringComparison.Ordinal) || answer.EndsWith("Proven", StringComparison.Ordinal) || answer.EndsWith("Finalized", StringComparison.Ordinal)))
                {
                    still.Add(answer);
                }
            }

            open = [.. still.Select(answer => answer.Split(' ')[1])];
            if (round == 59)
            {
                still.ForEach(Console.WriteLine);
            }
        }

        string audit = await last.AskAsync("audit", "audit", Patience, cancellationToken);
        last.Kill();
        await last.EndAsync();
        foreach (string pair in doubles)
        {
            Console.WriteLine($"signed twice: {pair}");
        }

        foreach (string line in broken.Take(10))
        {
            Console.WriteLine(line);
        }

        string[] ledger = audit.Split(' ');
        Console.WriteLine($"{kills} kills, {promised.Count} promised, {open.Count} not on L1, {broken.Count} broken, {signed.Count} positions signed, {doubles.Count} signed twice; ledgers: {ledger[1]} duties, {ledger[2]} twice; evidence: {ledger[3]}");

        // A slot has time enough for its checkpoint in spite of the kills: no promise may break, for whatever reason.
        bool isWell = open.Count == 0 && broken.IsEmpty && doubles.IsEmpty && ledger[2] == "0" && ledger[3] == "0";
        if (isWell)
        {
            Directory.Delete(folder, recursive: true);
        }

        return isWell ? 0 : 1;
    }

    private sealed class Child : IDisposable
    {
        private readonly Process _process;
        private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
        private readonly Task _reading;

        private Child(Process process, string? log, Action<string> take)
        {
            _process = process;
            _reading = Task.Run(async () =>
            {
                await using StreamWriter? writer = log is null ? null : new StreamWriter(log, append: true);
                while (await process.StandardOutput.ReadLineAsync() is { } line)
                {
                    if (writer is not null)
                    {
                        await writer.WriteLineAsync(line);
                    }

                    if (line.StartsWith("signed ", StringComparison.Ordinal) || line.StartsWith("promised ", StringComparison.Ordinal) || line.StartsWith("broken ", StringComparison.Ordinal))
                    {
                        take(line);
                    }
                    else
                    {
                        _answers.Writer.TryWrite(line);
                    }
                }

                _answers.Writer.TryComplete();
            });
        }

        internal static Child Start(string folder, Uri l1, int validators, int tps, bool logs, Action<string> take)
        {
            ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            {
                start.ArgumentList.Add(typeof(KillRun).Assembly.Location);
            }

            foreach (string argument in (string[])["child", folder, l1.ToString(), $"{validators}", $"{tps}", $"{logs}"])
            {
                start.ArgumentList.Add(argument);
            }

            return new Child(Process.Start(start)!, logs ? Path.Combine(folder, "..", "log") : null, take);
        }

        internal async Task<string> WaitForAsync(string prefix, TimeSpan limit, CancellationToken cancellationToken)
        {
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            end.CancelAfter(limit);
            await foreach (string line in _answers.Reader.ReadAllAsync(end.Token))
            {
                if (line.StartsWith(prefix, StringComparison.Ordinal))
                {
                    return line;
                }
            }

            throw new InvalidOperationException($"The process ended before it said '{prefix}'; its exit code is {_process.ExitCode}.");
        }

        internal async Task<string> AskAsync(string question, string prefix, TimeSpan limit, CancellationToken cancellationToken)
        {
            await _process.StandardInput.WriteLineAsync(question.AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
            return await WaitForAsync(prefix, limit, cancellationToken);
        }

        internal void Kill() => _process.Kill();

        internal async Task EndAsync()
        {
            await _process.WaitForExitAsync();
            await _reading;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }
    }
}
