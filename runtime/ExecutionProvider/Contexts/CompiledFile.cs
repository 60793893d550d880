using System.Globalization;
using GraphPartition.ExecutionProvider.Graphs;

namespace GraphPartition.ExecutionProvider.Contexts;

/// <summary>The groups of a file that gpc compiled. ONNX Runtime shows each as a call of a function, without its body.</summary>
internal sealed class CompiledFile
{
    private const string Prefix = "TrtNode_";

    private readonly CompiledModel _compiled;
    private readonly Dictionary<int, PlacedGroup> _groups;

    private CompiledFile(CompiledModel compiled)
    {
        _compiled = compiled;
        _groups = compiled.PlacedGroups.ToDictionary(g => g.Group.Id);
    }

    /// <summary>Reads a file.</summary>
    /// <returns>The file; null where the model has none, or where the file is not of gpc.</returns>
    /// <exception cref="ModelException">The file is damaged.</exception>
    public static CompiledFile? TryRead(string path) =>
        path.Length > 0 && CompiledModelFormat.TryRead(path) is { } compiled ? new(compiled) : null;

    /// <summary>The group of a call as a compiled model of its own.</summary>
    /// <returns>Null where the file has no such group, or where the host has folded one of its inputs.</returns>
    public CompiledModel? Find(HostNode call)
    {
        if (!call.Op.StartsWith(Prefix, StringComparison.Ordinal)
            || !int.TryParse(call.Op.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !_groups.TryGetValue(id, out PlacedGroup? group)) return null;
        CompiledModel alone = _compiled.Alone(group);
        int inputs = alone.Model.Graph.Inputs.Length;
        return call.Inputs.Length >= inputs && call.Inputs.Take(inputs).All(v => v.Handle != 0 && !v.IsConstant) ? alone : null;
    }
}
