using System.CommandLine;
using System.Globalization;
using GraphPartition.Gpc.Requests;

namespace GraphPartition.Gpc.Options;

/// <summary>The options of <c>gpc bench --server</c>.</summary>
internal sealed class LoadArguments
{
    private readonly Option<string?> _server = new("--server")
    { Description = "Put load on this server instead; MODEL is the name of a model on it.", HelpName = "URL" };
    private readonly Option<string?> _concurrency = new("--concurrency")
    { Description = "How many requests wait for an answer at the same time: N, or FIRST:LAST:STEP; a STEP of 2x doubles. Default: 1.", HelpName = "RANGE" };
    private readonly Option<string?> _rate = new("--rate")
    { Description = "Send so many requests in each second, without waiting for answers: N, or FIRST:LAST:STEP.", HelpName = "RANGE" };
    private readonly Option<long> _batch = OptionOf.Number("--batch", "N", "Samples of a request to a server.", 1L, 1L);
    private readonly Option<bool> _memory = new("--shared-memory")
    { Description = "Pass tensors in shared memory of this machine; the server needs --shared-memory too." };
    private readonly Option<string?> _key = new("--api-key-file") { Description = "A file with the API key of the server.", HelpName = "FILE" };

    /// <summary>Adds the options to a command.</summary>
    public LoadArguments(GpcCommand command)
    {
        command.Add(OptionGroup.Load, _server, _concurrency, _rate, _batch, _memory, _key);
        OptionOf.Exclusive(command, _concurrency, _rate);
        OptionOf.Refuse(command, result => result.GetValue(_server) is null ? "without --server" : null, _concurrency, _rate, _batch, _memory, _key);
    }

    /// <summary>The load of the command line; null: none is given.</summary>
    public LoadRequest? Request(ParseResult parsed, string model, IReadOnlyDictionary<string, long[]> shapes, double seconds)
    {
        if (parsed.GetValue(_server) is not { } server) return null;
        if (!Uri.TryCreate(server.Contains("://", StringComparison.Ordinal) ? server : $"http://{server}", UriKind.Absolute, out Uri? uri))
            throw GpcCodes.BadOption.Error($"--server {server}", "--server takes a URL, for instance http://localhost:8000");
        if (parsed.GetValue(_memory) && !OperatingSystem.IsLinux())
            throw GpcCodes.BadOption.Error("--shared-memory", "it works on Linux only, where shared memory is a file");
        return new(new Uri(uri, uri.AbsolutePath.TrimEnd('/') + "/"), model)
        {
            Concurrency = [.. Range("--concurrency", parsed.GetValue(_concurrency) ?? "1").Select(c => (int)c).Distinct()],
            Rates = parsed.GetValue(_rate) is { } rate ? Range("--rate", rate) : [],
            Batch = parsed.GetValue(_batch),
            Shapes = shapes,
            SharedMemory = parsed.GetValue(_memory),
            Seconds = seconds,
            ApiKey = parsed.GetValue(_key) is { } file ? Foundation.InputFile.Read(file, File.ReadAllText).Trim() : null,
        };
    }

    /// <summary>N, or FIRST:LAST:STEP, where a step of 2x multiplies.</summary>
    internal static IReadOnlyList<double> Range(string option, string text)
    {
        string[] parts = text.Split(':');
        bool multiplies = parts is [_, _, ['2' or '3' or '4' or '8', 'x']];
        double[] numbers = [.. parts.Select(p =>
            double.TryParse(p.TrimEnd('x'), NumberStyles.Float, CultureInfo.InvariantCulture, out double n) ? n : double.NaN)];
        bool isRange = numbers is [> 0] or [> 0, > 0] or [> 0, > 0, > 0] && numbers.All(n => n <= 100_000);
        if (!isRange || (numbers.Length > 1 && numbers[1] < numbers[0]))
            throw GpcCodes.BadOption.Error($"{option} {text}", $"{option} takes N or FIRST:LAST:STEP, with numbers up to 100000");
        if (numbers is [var only]) return [only];
        double step = numbers is [_, _, var third] ? third : 1;
        List<double> values = [];
        for (double value = numbers[0]; value <= numbers[1] && values.Count < 100; value = multiplies ? value * step : value + step)
            values.Add(value);
        return values;
    }
}
