using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.MixedPrecision.Budgets;

/// <summary>
/// What a search has measured: one line of JSON for each choice. The search is deterministic, so with the file of a stopped search a new
/// one takes the same steps without measuring them again. A line that was cut off is dropped.
/// </summary>
public sealed class MeasurementFile
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly Dictionary<string, ImmutableArray<OutputMeasure>> _measures = [];
    private readonly Dictionary<string, bool> _checks = [];
    private readonly string? _path;

    /// <summary>Opens or starts a file.</summary>
    /// <param name="path">The file; null: nothing is kept.</param>
    /// <param name="key">What identifies the model, the format and the samples.</param>
    /// <exception cref="ModelException">GP3115: the file belongs to another search.</exception>
    public MeasurementFile(string? path, string key)
    {
        if ((_path = path) is null) return;
        if (!File.Exists(path))
        {
            Append(new Line(key, null, null, null));
            return;
        }
        string[] lines = InputFile.Read(path, File.ReadAllLines);
        if (lines is not [var first, ..] || Read(first)?.Key != key)
            throw PrecisionCodes.OtherMeasurements.Error(path, "its first line has another key than this model, format and samples");
        foreach (Line line in lines.Skip(1).Select(Read).OfType<Line>())
            if (line.Choice is { } choice && line.Measures is { } measures) _measures[choice] = [.. measures];
            else if (line.Choice is { } tried && line.Check is { } check) _checks[tried] = check;
        if (lines.Length > 1 && Read(lines[^1]) is null) File.AppendAllText(path, "\n");
    }

    /// <summary>How many choices were measured, in this search and before.</summary>
    public int Count => _measures.Count;

    /// <summary>The measurement of a choice.</summary>
    public ImmutableArray<OutputMeasure> Measures(string choice, Func<ImmutableArray<OutputMeasure>> measure)
    {
        if (_measures.TryGetValue(choice, out ImmutableArray<OutputMeasure> known)) return known;
        _measures.Add(choice, known = measure());
        Append(new(null, choice, known, null));
        return known;
    }

    /// <summary>The user's answer about a choice.</summary>
    public bool Check(string choice, Func<bool> check)
    {
        if (_checks.TryGetValue(choice, out bool known)) return known;
        _checks.Add(choice, known = check());
        Append(new(null, choice, null, known));
        return known;
    }

    /// <summary>A key of a search.</summary>
    /// <param name="what">The format and the options.</param>
    /// <param name="nodes">The nodes that can change.</param>
    /// <param name="weights">Their weights, as far as the search stores other numbers for them.</param>
    /// <param name="golden">The results of the FP32 model on the samples.</param>
    public static string KeyOf(string what, IEnumerable<Node> nodes, IEnumerable<TensorData?> weights, GoldenOutputs golden)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{what} {golden.Results.Length} {string.Join('\n', nodes.Select(n => n.Label))}"));
        foreach (TensorData? weight in weights)
            if (weight is not null) hash.AppendData(weight.Bytes.Span);
        foreach (ImmutableArray<TensorData?> sample in golden.Results)
            foreach (TensorData? tensor in sample)
                if (tensor is not null and not StringTensor) hash.AppendData(tensor.Bytes.Span);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static Line? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Append(Line line)
    {
        if (_path is null) return;
        try
        {
            File.AppendAllText(_path, JsonSerializer.Serialize(line, Json) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentException(FileCodes.CannotWrite, _path, e.Message, e);
        }
    }

    private sealed record Line(string? Key, string? Choice, IReadOnlyList<OutputMeasure>? Measures, bool? Check);
}
