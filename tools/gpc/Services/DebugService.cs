using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Ranges;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>Finds the nodes at which numbers break.</summary>
/// <param name="request">The model and its inputs.</param>
/// <param name="stage">Receives the name of the current stage.</param>
/// <param name="progress">Receives what a long stage does, how much of it is done, and of how much.</param>
internal sealed class DebugService(DebugRequest request, Action<string> stage, Action<string, int, int> progress)
{
    /// <summary>Finds the nodes that make NaN or infinities.</summary>
    public BrokenModel FindNonFinite() => Run((model, service, runner) =>
        NonFiniteSearch.Find(model, service.Operators, request.Format, runner));

    /// <summary>Measures the error of each node.</summary>
    public PrecisionErrors FindErrors() => Run((model, service, runner) => PrecisionDebugger.Find(
        model, service.Operators, new PrecisionOptions(request.Format!)
        {
            Ranges = request.WithRules ? SampleRanges.Observe(model, request.Format, runner) : null,
        }, request.WithRules, request.Limit, runner, progress));

    private T Run<T>(Func<Model, ModelService, OrtSampleRunner, T> find)
    {
        var service = new ModelService(request.Model, stage);
        Model model = service.Simplify(service.Read()).Model;
        using RunInputs inputs = RunInputs.Of(
            request.Inputs, model, request.Model.Path, new() { CustomOperators = service.CustomOperators, Optimize = false });
        stage("running the model");
        return find(model, service, new OrtSampleRunner(inputs.Samples, service.CustomOperators));
    }
}
