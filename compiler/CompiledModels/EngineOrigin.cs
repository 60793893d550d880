namespace GraphPartition.CompiledModels;

/// <summary>
/// Binds an engine to the nodes and weights that it was built from. A file may be changed after its engines were built: weights are
/// tuned, nodes are replaced, engines are exchanged. An engine then computes something else than the nodes beside it, and whether a
/// run gives the old or the new numbers would depend on the machine. So every engine carries the key of what it was built from, and
/// code that uses engines computes the key of the group again.
/// </summary>
public static class EngineOrigin
{
    /// <summary>The key of what a group computes: of its nodes as they are in the compiled model, with their weights.</summary>
    /// <param name="compiled">The compiled model as its file has it: not in the canonical opset, unless the file is.</param>
    /// <param name="group">One of its groups.</param>
    public static string KeyOf(CompiledModel compiled, PlacedGroup group) =>
        ContentKey.Of(group.Segment.Extract(group.Graph, weightsAsInputs: false, ""), compiled.Model.Opsets);

    /// <summary>Whether an engine belongs to a group with this key.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="key">The group's key.</param>
    public static Verdict Judge(EngineBlob engine, string key) => engine.Content == key ? Verdict.Yes : Verdict.No(
        $"its engine for {engine.Target} "
        + (engine.Content.Length == 0 ? "does not say what it was built from" : "was built from other nodes or weights"),
        "engine origin");

    /// <summary>
    /// All engines that do not belong to their groups or are damaged. Reads these engines, and the weights of all groups that have engines.
    /// </summary>
    /// <param name="compiled">The compiled model as its file has it.</param>
    public static ImmutableArray<UnusableEngine> FindUnusable(CompiledModel compiled)
    {
        string? folder = compiled.Model.Folder;
        return [.. compiled.PlacedGroups.Where(p => !p.Group.Engines.IsEmpty).SelectMany(p =>
        {
            string key = KeyOf(compiled, p);
            return p.Group.Engines.Select(e => new UnusableEngine(p.Group, e, Judge(e, key).Reason ?? Damage(e, folder)!))
                .Where(u => u.Reason is not null);
        })];
    }

    private static string? Damage(EngineBlob engine, string? folder) =>
        engine.Read(folder, out string? fault) is null ? $"its engine for {engine.Target} is damaged: {fault}" : null;
}

/// <summary>An engine that does not belong to its group, or that is damaged. It costs its group only: the group runs as nodes.</summary>
/// <param name="Group">The group.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record UnusableEngine(TrtNode Group, EngineBlob Engine, string Reason)
{
    /// <summary>What to tell the user (GP4023).</summary>
    public Diagnostic Warning => CompiledModelCodes.UnusableEngine.At($"TrtNode_{Group.Id}", Reason);

    /// <summary>What to tell the user where the engine was taken out of the model (GP4023).</summary>
    public Diagnostic Dropped => CompiledModelCodes.UnusableEngine.At($"TrtNode_{Group.Id}", $"{Reason}; it was dropped");
}
