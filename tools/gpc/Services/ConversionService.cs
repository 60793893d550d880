using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Ranges;
using GraphPartition.MixedPrecision.Reports;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>A conversion that was written.</summary>
/// <param name="Report">What was done.</param>
/// <param name="Opset">The opset of the file.</param>
/// <param name="Check">What ONNX Runtime found.</param>
/// <param name="Outputs">Each output on the samples; empty where there are none.</param>
/// <param name="Budget">What the search for a budget found; null: there is no budget.</param>
internal sealed record ConversionResult(
    PrecisionReport Report, int Opset, Verdict Check, ImmutableArray<OutputMeasure> Outputs, BudgetReport? Budget);

/// <summary>Converts a model to FP16 or BF16.</summary>
/// <param name="request">What to convert.</param>
/// <param name="stage">Receives the name of the current stage.</param>
/// <param name="progress">Receives what a long stage does, how much of it is done, and of how much.</param>
internal sealed class ConversionService(ConvertRequest request, Action<string> stage, Action<string, int, int> progress)
{
    /// <summary>An output with less than this, in dB, has lost its meaning.</summary>
    private const double Lost = 10;

    /// <summary>Converts the model, lets ONNX Runtime check its types, and writes it.</summary>
    /// <exception cref="ModelException">The model or an option is wrong.</exception>
    public ConversionResult Run()
    {
        OutputFile.Check([("--output", request.Output), ("--measurements", request.Measurements)], request.Model.Path);
        var service = new ModelService(request.Model, stage);
        (CustomOperators custom, OperatorTable operators) = (service.CustomOperators, service.Operators);
        Model read = service.Read();
        OutputFile.CheckWeights(request.Output, read);
        Model model = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
        Model simple = service.Simplify(read).Model;
        using SampleSet? samples = request.Samples.IsEmpty ? null : SampleSet.Of(request.Samples, model.Graph);
        OrtSampleRunner? runner = samples?.Runner(custom);
        PrecisionOptions precision = request.Precision;
        if (runner is not null)
        {
            stage("running the FP32 model");
            precision = precision with { Ranges = SampleRanges.Observe(simple, precision.Format, runner) };
        }
        BudgetResult? budget = null;
        if (request.HasBudget)
        {
            stage("searching nodes for FP32");
            budget = Search(model, simple, operators, precision, runner!);
            precision = precision with { Held = budget.Held };
        }
        stage($"converting to {precision.Format.Name}");
        ConvertedModel converted = MixedPrecisionConverter.Convert(simple, operators, precision);
        Model lowered = OpsetExport.Lowest(converted.Model);
        ImmutableArray<OutputMeasure> outputs = runner is null ? [] : Measured(model, converted.Model, operators, runner);
        PrecisionReport report = converted.Report with
        {
            Warnings = [.. converted.Report.Warnings, .. outputs.Where(o => !(o.Decibels >= Lost)).Select(o =>
                PrecisionCodes.FarFromModel.At(o.Output,
                    double.IsFinite(o.Decibels) ? $"{o.Decibels:F1} dB on the samples" : "numbers that are finite in FP32 are not"))],
        };
        ModelReader.Warn(report.Warnings);
        Verdict check = VerdictOf(CheckedFile.Write(
            request.Output, custom, file => ModelFile.Write(lowered, file), keeps: r => r.LacksKernel, stage), request.Output);
        return new(report, lowered.Opsets.GetValueOrDefault("", 0), check, outputs, budget?.Report);
    }

    /// <summary>Yes: ONNX Runtime's CPU runs the model. No: its types are right, but the CPU has no kernel for a node.</summary>
    /// <exception cref="ModelException">GP3105: the model is not valid.</exception>
    private static Verdict VerdictOf(OrtRefusal? refusal, string path)
    {
        if (refusal is null) return Verdict.Yes;
        string message = refusal.Message.ReplaceLineEndings(" ");
        return refusal.LacksKernel ? Verdict.No(message, "kernel") : throw PrecisionCodes.Refused.Error(path, message);
    }

    private BudgetResult Search(
        Model source, Model simple, OperatorTable operators, PrecisionOptions precision, OrtSampleRunner runner)
    {
        BudgetCommand? command = request.BudgetCommand is { } text ? new(text, operators) : null;
        var options = new BudgetOptions(request.Budgets)
        {
            Check = command is null ? null : command.Accepts,
            Measurements = request.Measurements,
            Progress = progress,
        };
        try
        {
            return BudgetSearch.Find(source, simple, operators, precision, options, runner);
        }
        catch (ModelException e) when (e.Diagnostics is [{ Code: var code, Where: var where, Message: var message }]
            && code == PrecisionCodes.CommandFails)
        {
            throw code.Error(where, $"{message} ({command!.Said})");
        }
    }

    /// <summary>The outputs of the conversion, emulated, compared with those of the FP32 model as it was read.</summary>
    private ImmutableArray<OutputMeasure> Measured(Model model, Model converted, OperatorTable operators, OrtSampleRunner runner)
    {
        stage("comparing with the FP32 model");
        return OutputMeasure.Of(Emulator.Emulate(model, operators), Emulator.Emulate(converted, operators), runner);
    }
}
