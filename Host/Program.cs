using System.CommandLine;
using Cloud.Host;

Option<DirectoryInfo> data = new("--data") { Description = "Folder for journals, world state and grain storage", DefaultValueFactory = _ => new DirectoryInfo("data") };
Option<string> listen = new("--listen") { Description = "Address of the gateway; loopback unless you say otherwise", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
RootCommand command = new("Starts silo and gateway in one process and runs until Ctrl-C.") { data, listen };
command.SetAction((arguments, cancellationToken) =>
    Node.RunAsync(arguments.GetRequiredValue(data).FullName, arguments.GetRequiredValue(listen), cancellationToken));
return await command.Parse(args).InvokeAsync();
