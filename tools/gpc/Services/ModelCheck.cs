using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Gates;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Gpc.Services;

/// <summary>Holds the plans of models against limits: each model for each release.</summary>
/// <param name="request">The models and the limits.</param>
/// <param name="stage">Receives the name of the current stage.</param>
internal sealed class ModelCheck(CheckRequest request, Action<string> stage)
{
    /// <summary>The file of a lock: its name may have {model} and {target}.</summary>
    public static string LockPath(string pattern, string model, string? target) => pattern
        .Replace("{model}", Path.GetFileNameWithoutExtension(model), StringComparison.Ordinal)
        .Replace("{target}", (target is null ? TensorRtTarget.Default : PlanSettings.TargetOf(target)).Release.Id, StringComparison.Ordinal);

    /// <summary>Checks each model for each release.</summary>
    /// <exception cref="ModelException">A model, a lock or an option is wrong.</exception>
    public ImmutableArray<CheckedModel> Run() =>
        [.. request.Paths.SelectMany(path => request.Targets.Select(target => Checked(path, target)))];

    private CheckedModel Checked(string path, string? target)
    {
        var service = new ModelService(request.Model with { Path = path, Target = target }, stage);
        PlannedModel planned = service.Plan();
        PlanFile plan = planned.Compilation.ToPlanFile();
        List<Gate> gates = [];
        if (request.MaxEngines is { } most) gates.Add(Gate.MaxEngines(plan, most));
        if (request.MinSupported is { } least) gates.Add(Gate.MinSupported(plan, least));
        if (request.MaxBoundary is { } bytes) gates.Add(Gate.MaxBoundary(plan, bytes));
        if (request.Accuracy is { } accuracy) gates.Add(Accuracy(accuracy, path, planned, service));
        if (request.Lock is { } pattern)
        {
            string file = LockPath(pattern, path, target);
            PlanLock now = PlanLock.Of(plan);
            if (request.UpdatesLock) PlanFiles.Write(now.ToJson(), file);
            gates.Add(Gate.Lock(PlanLock.Read(file), now, file));
        }
        return new(path, plan.Options.Target, gates);
    }

    /// <summary>Runs the planned graph, in the format that is asked for, and the model that is right, and compares the outputs.</summary>
    private Gate Accuracy(AccuracyRequest accuracy, string path, PlannedModel planned, ModelService service)
    {
        Model read = new ModelService(request.Model with { Path = accuracy.Reference ?? path }, stage).Read();
        Model right = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
        stage("measuring the outputs");
        using SampleSet samples = SampleSet.Of(accuracy.Samples, right.Graph);
        Model made = planned.Compilation.Model;
        if (accuracy.Format is { } format)
        {
            ConvertedGraph converted = new ConversionForTarget(new(format), r => ModelReader.Warn(r.Warnings))
                .Convert(made, planned.Operators, planned.SupportPolicy.Tag);
            made = made with { Graph = converted.Graph, SourceOpset = Math.Max(made.SourceOpset, converted.SourceOpset) };
        }
        var covered = new CoveredOutputs(accuracy.Budgets, right.Graph);
        return Gate.Budget(accuracy.Budgets, covered, OutputMeasure.Of(
            right, Emulator.Emulate(made, planned.Operators), samples.Runner(service.CustomOperators)));
    }
}
