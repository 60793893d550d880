using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GraphPartition.Compiler.Planning.Files;

/// <summary>
/// What must not change in a plan, small enough to read in a review: <c>gpc check --lock</c> compares a model with it. It names no node
/// of an engine, only those that fall back. A hash of the structure covers the rest.
/// </summary>
/// <param name="Format">The format of the file: <see cref="CurrentFormat"/>.</param>
/// <param name="Options">The options of the plan.</param>
/// <param name="Engines">The number of engines, those in bodies too.</param>
/// <param name="MinimumEngines">The proven minimum.</param>
/// <param name="BoundaryBytes">Bytes times boundaries crossed.</param>
/// <param name="Operators">How many nodes have each operator, in bodies with engines too.</param>
/// <param name="Fallback">The nodes that fall back, with operator and reason.</param>
/// <param name="Structure">A hash of all nodes: names, operators, attributes, types and connections, not of weights.</param>
public sealed record PlanLock(
    string Format, PlanOptions Options, int Engines, int MinimumEngines, double BoundaryBytes,
    ImmutableSortedDictionary<string, int> Operators,
    ImmutableSortedDictionary<string, string> Fallback, string Structure)
{
    /// <summary>The format that this version writes and reads.</summary>
    public const string CurrentFormat = "graphpartition.lock/1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>The lock of a plan.</summary>
    public static PlanLock Of(PlanFile plan)
    {
        NodeRecord[] nodes = [.. All(plan.Proof)];
        var text = new StringBuilder();
        Write(plan.Proof, text);
        var fallback = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (NodeRecord node in nodes.Where(n => n.Reason is not null)) fallback[node.Name] = $"{node.Op}: {node.Reason}";
        return new(CurrentFormat, plan.Options, plan.Proof.TotalEngines, plan.Summary.MinimumEngines, plan.Summary.BoundaryBytes,
            nodes.GroupBy(n => n.Op).ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            fallback.ToImmutable(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32]);
    }

    /// <summary>The JSON form.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelException">GP1001: it cannot be read; GP3010: it is not a lock.</exception>
    public static PlanLock Read(string path)
    {
        try
        {
            PlanLock? file = JsonSerializer.Deserialize<PlanLock>(InputFile.Read(path, File.ReadAllText), Json);
            return file?.Format == CurrentFormat ? file
                : throw CompilerCodes.BadPlanFile.Error(path, $"its format is '{file?.Format}', this version knows '{CurrentFormat}'");
        }
        catch (JsonException e)
        {
            throw CompilerCodes.BadPlanFile.Error(path, $"it is not a lock of 'gpc check --lock': {e.Message}");
        }
    }

    /// <summary>What changed from this lock to another one: a sentence for each change, with the node if the change is about one.</summary>
    /// <param name="now">The lock of the present plan.</param>
    public ImmutableArray<LockChange> ChangesTo(PlanLock now)
    {
        var changes = ImmutableArray.CreateBuilder<LockChange>();
        void Add(string text, string? node = null) => changes.Add(new(text, node));
        if (Options != now.Options) Add($"the options were {Options} and are {now.Options}");
        if (Engines != now.Engines) Add($"{Engines} engines became {now.Engines}");
        if (MinimumEngines != now.MinimumEngines) Add($"the proven minimum was {MinimumEngines} and is {now.MinimumEngines}");
        foreach ((string node, string why) in now.Fallback)
            if (!Fallback.TryGetValue(node, out string? before)) Add($"'{node}' falls back now: {why}", node);
            else if (before != why) Add($"'{node}' falls back for another reason: {why}; it was: {before}", node);
        foreach ((string node, string why) in Fallback)
            if (!now.Fallback.ContainsKey(node)) Add($"'{node}' does not fall back any more; it was: {why}", node);
        foreach (string op in Operators.Keys.Union(now.Operators.Keys).Order(StringComparer.Ordinal))
            if (Operators.GetValueOrDefault(op) is var old && now.Operators.GetValueOrDefault(op) is var count && old != count)
                Add($"{old} nodes of {op} became {count}");
        if (!BoundaryBytes.Equals(now.BoundaryBytes)) Add($"the boundary bytes were {BoundaryBytes} and are {now.BoundaryBytes}");
        if (changes.Count == 0 && Structure != now.Structure)
            Add("names, connections, attributes or types of nodes changed; compare plan files with 'gpc diff' to see which");
        return changes.ToImmutable();
    }

    private static IEnumerable<NodeRecord> All(PlanProof proof) =>
        proof.Nodes.Concat((proof.Bodies ?? []).SelectMany(b => All(b.Proof)));

    private static void Write(PlanProof proof, StringBuilder text)
    {
        foreach (NodeRecord n in proof.Nodes) text.Append(n.Name).Append('\0').Append(n.Key).Append('\0').AppendJoin(' ', n.Reads)
            .Append('\n');
        foreach (BodyProof body in proof.Bodies ?? [])
        {
            text.Append(body.Node).Append(':').Append(body.Body).Append('\n');
            Write(body.Proof, text);
        }
    }
}

/// <summary>A change against a lock.</summary>
/// <param name="Text">A sentence.</param>
/// <param name="Node">The node that it is about; null: none.</param>
public sealed record LockChange(string Text, string? Node);
