using System.CommandLine;
using Cloud.Bench;
using Cloud.Simulator;

Option<string> seeds = new("--seeds") { Description = "Seeds A..B, both included", DefaultValueFactory = _ => "1..100" };
Option<int> slots = new("--slots") { Description = "Slots with faults for each seed", DefaultValueFactory = _ => 50 };
Option<string> faults = new("--faults") { Description = "all, or none", DefaultValueFactory = _ => "all" };
Option<int> load = new("--transactions") { Description = "Transactions that users send in a slot", DefaultValueFactory = _ => 1 };
Option<string> defect = new("--defect") { Description = "A planted defect, to see that it is found: none, sign-before-storing, quorum-one-short, reorg-loses-transactions", DefaultValueFactory = _ => "none" };
Option<FileInfo?> json = new("--json") { Description = "File for the figures" };
Option<long> steps = new("--max-steps") { Description = "Steps after which a seed is given up", DefaultValueFactory = _ => 20_000_000 };
Option<bool> log = new("--log") { Description = "Print the silos' logs of a failing seed" };
Command command = ScriptCommand.Create("./sim.sh", "Simulates the slot pipeline: prints the first broken invariant with its seed.");
foreach (Option option in (Option[])[seeds, slots, faults, load, defect, json, steps, log])
{
    command.Add(option);
}

command.SetAction(arguments => SeededRuns.Run(
    arguments.GetRequiredValue(seeds),
    arguments.GetRequiredValue(slots),
    arguments.GetRequiredValue(faults),
    arguments.GetRequiredValue(load),
    arguments.GetRequiredValue(defect),
    arguments.GetValue(json),
    arguments.GetRequiredValue(steps),
    arguments.GetRequiredValue(log)));
return await ScriptCommand.RunAsync(command, args);
