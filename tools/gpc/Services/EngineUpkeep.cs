using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Engines;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc.Services;

/// <summary>Changes the engines of a compiled model. The plan and the nodes stay.</summary>
/// <param name="compiled">The compiled model as its file has it.</param>
internal sealed class EngineUpkeep(CompiledModel compiled)
{
    private readonly List<EngineChange> _changes = [];

    /// <summary>The compiled model after the changes so far.</summary>
    public CompiledModel Compiled { get; private set; } = compiled;

    /// <summary>What became of each engine, in the order of the changes.</summary>
    public IReadOnlyList<EngineChange> Changes => _changes;

    /// <summary>Takes engines out.</summary>
    /// <param name="reason">Why an engine has to go; null: it stays.</param>
    public void Drop(Func<EngineBlob, string?> reason) => Compiled = Compiled.WithGroups(group => group with
    {
        Engines = [.. group.Engines.Where(engine =>
        {
            string? why = reason(engine);
            if (why is not null) _changes.Add(new(group.Id, engine.Target.ToString(), $"dropped: {why}"));
            return why is null;
        })],
    });

    /// <summary>
    /// Puts the weights of a model into the file. Engines without weights of their own stay, because a session gives them the weights of
    /// the file; all others hold the old weights and go.
    /// </summary>
    /// <param name="source">The new model, compiled with the options of the old one.</param>
    /// <param name="where">The file of the new model.</param>
    /// <exception cref="ModelException">GP3024: the model has another structure.</exception>
    public void ReplaceWeights(CompiledModel source, string where)
    {
        CompiledModel replaced = WeightReplacement.Of(Compiled, source.Model.Graph, out string? difference)
            ?? throw GpcCodes.OtherStructure.Error(where, difference!);
        Dictionary<int, string> keys = replaced.PlacedGroups.ToDictionary(p => p.Group.Id, p => EngineOrigin.KeyOf(replaced, p));
        Compiled = replaced;
        Drop(engine => engine.Target.IsStripped ? null : "it holds the old weights");
        Compiled = Compiled.WithGroups(group => group with
        {
            Engines = [.. group.Engines.Select(engine =>
            {
                _changes.Add(new(group.Id, engine.Target.ToString(), "kept: it takes the new weights when it is loaded"));
                return engine with { Content = keys[group.Id] };
            })],
        });
    }

    /// <summary>
    /// Builds an engine for each group that has none for a machine. Dynamic inputs have the ranges of the group's other engines.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="options">How engines are built.</param>
    /// <param name="cancellation">Stops the builds.</param>
    /// <returns>Warnings of the builds.</returns>
    public IReadOnlyList<Diagnostic> Fill(TensorRtMachine machine, EngineOptions options, CancellationToken cancellation)
    {
        List<Diagnostic> warnings = [];
        Queue<TrtNode> groups = new(Compiled.PlacedGroups.ToArray().Select(placed =>
        {
            TrtNode group = placed.Group;
            if (EngineFit.Choose(group.Engines, machine, null, out _) is not null) return group;
            CompiledModel alone = Compiled.Alone(placed with { Group = group with { Engines = [] } });
            EngineOptions with = group.Profiles.IsEmpty ? options : options with { Shapes = RangesOf(group.Profiles) };
            (CompiledModel added, BuildReport report) = new EngineCompiler(machine, with).Add(alone, cancellation);
            warnings.AddRange(report.Warnings);
            TrtNode built = added.Cut.Groups[0];
            _changes.AddRange(built.Engines.Select(e => new EngineChange(group.Id, e.Target.ToString(), report.Groups[0].Source)));
            if (built.Engines.IsEmpty) _changes.Add(new(group.Id, "", $"none: {report.Groups[0].Reason}"));
            return group with
            {
                Engines = [.. group.Engines, .. built.Engines],
                Profiles = built.Profiles.IsEmpty ? group.Profiles : built.Profiles,
            };
        }).ToArray());
        Compiled = Compiled.WithGroups(_ => groups.Dequeue());
        return [.. warnings.Distinct()];
    }

    private static ModelShapes RangesOf(ImmutableArray<InputProfile> profiles) => new()
    {
        Min = profiles.ToDictionary(p => p.Input, p => p.Min.ToArray()),
        Opt = profiles.ToDictionary(p => p.Input, p => p.Opt.ToArray()),
        Max = profiles.ToDictionary(p => p.Input, p => p.Max.ToArray()),
    };
}

/// <summary>What became of an engine.</summary>
/// <param name="Group">The number of its group.</param>
/// <param name="Target">What it is for; empty if there is none.</param>
/// <param name="Outcome">"built", "cache", or "kept", "dropped" and "none" with the reason.</param>
internal sealed record EngineChange(int Group, string Target, string Outcome);
