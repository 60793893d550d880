using System.CommandLine;
using System.Text.Json;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Views;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Cache;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc cache list|prune|verify</c>: the engines that are kept on this machine.</summary>
internal static class CacheCommand
{
    private static readonly string[] BuiltFor = ["tensorrt", "device", "capability", "precision"];

    private static readonly Option<string> Folder = new("--engine-cache")
    {
        Description = "The folder of the cache.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => EngineCache.DefaultFolder,
    };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    public static Command Create() => new("cache", "Manages the engines that are kept on this machine.") { List(), Prune(), Verify() };

    private static Command List()
    {
        Command command = new("list", "Lists the engines, the least recently used first.") { Folder, Json };
        command.SetAction(parsed => Show(parsed, new EngineCache(parsed.GetRequiredValue(Folder)).List()));
        return command;
    }

    private static Command Verify()
    {
        Command command =
            new("verify",
                "Checks each byte of each engine. Nothing is removed: a damaged engine is built again when it is needed.") { Folder, Json };
        command.SetAction(parsed => Show(parsed, new EngineCache(parsed.GetRequiredValue(Folder)).Verify()));
        return command;
    }

    private static Command Prune()
    {
        var size = new Option<string>("--to")
        { Description = "The size to reach, for instance 10G; 0 empties the cache.", Required = true };
        Command command = new("prune", "Removes engines, the least recently used first, until the cache is not larger than --to.")
            { Folder, size };
        command.SetAction(parsed =>
        {
            var cache = new EngineCache(parsed.GetRequiredValue(Folder));
            long freed = Guarded(cache, c => c.Prune(ByteSize.Parse(parsed.GetRequiredValue(size))!.Value));
            AnsiConsole.WriteLine($"freed {freed} bytes; {cache.List().Count} engines are left in {cache.Folder}");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Prints the entries. The exit code is 1 if one is damaged.</summary>
    private static int Show(ParseResult parsed, IReadOnlyList<EngineCacheEntry> entries)
    {
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new
            {
                folder = Path.GetFullPath(parsed.GetRequiredValue(Folder)),
                bytes = entries.Sum(e => e.Bytes),
                engines = entries.Select(e => new { key = e.Key.Hex, e.Bytes, e.LastUsed, e.Properties, problem = e.Problem?.ToString() }),
            }, JsonOutput.Options));
        else
        {
            Table table = new Table().Border(TableBorder.Simple).AddColumns("key", "bytes", "last used (UTC)", "built for", "state");
            foreach (EngineCacheEntry e in entries)
                table.AddRow(new Text(e.Key.Hex[..16]), new Text($"{e.Bytes}"), new Text($"{e.LastUsed:yyyy-MM-dd HH:mm:ss}"),
                    new Text(string.Join(", ", BuiltFor.Select(p => e.Properties.GetValueOrDefault(p)).OfType<string>())),
                    new Text(e.Problem?.Message ?? "ok"));
            AnsiConsole.Write(table);
            AnsiConsole.WriteLine(
                $"{entries.Count} engines, {entries.Sum(e => e.Bytes)} bytes in {Path.GetFullPath(parsed.GetRequiredValue(Folder))}");
        }
        return (int)(entries.Any(e => e.Problem is not null) ? ExitCode.OutputsDiffer : ExitCode.Ok);
    }

    private static T Guarded<T>(EngineCache cache, Func<EngineCache, T> action)
    {
        try
        {
            return action(cache);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new GraphPartition.Foundation.EnvironmentException(
                TensorRtCodes.CacheUnavailable, cache.Folder, e.Message, e);
        }
    }
}
