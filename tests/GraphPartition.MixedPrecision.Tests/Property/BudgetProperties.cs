using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Search;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.MixedPrecision.Tests.Property;

/// <summary>Budgets of random models against all choices of their nodes.</summary>
public sealed class BudgetProperties(ITestOutputHelper log)
{
    /// <summary>What the switches measure is what the converted model computes, whatever nodes are held.</summary>
    [Fact]
    public void Switches_compute_what_a_conversion_computes() => Prop.ForAll(PrecisionModel.Codes, codes =>
    {
        Model model = PrecisionModel.FromCodes(codes);
        foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
            foreach (bool io in (ReadOnlySpan<bool>)[false, true])
            {
                using Samples samples = Samples.Of(model.Graph);
                var options = new PrecisionOptions(format) { ConvertsInterface = io };
                GraphPlan plan = new GraphPlanner(options, OperatorTable.Default).Plan(model.Graph);
                SwitchedModel switched = SwitchedModel.Of(model, plan, format, clamps: true, OperatorTable.Default, []);
                using var trials = new PrecisionTrials(switched, GoldenOutputs.Of(model, samples.Runner), samples.Runner);
                var random = new Random(codes.Length);
                for (int round = 0; round < 3; round++)
                {
                    Node[] held = [.. trials.Nodes.Where(_ => random.Next(3) < round)];
                    var with = options with { Held = options.Held.AddRange(held.Select(n => KeyValuePair.Create(n, "test"))) };
                    Model converted = MixedPrecisionConverter.Convert(model, OperatorTable.Default, with).Model;
                    ImmutableArray<OutputMeasure> emulated = OutputMeasure.Of(
                        model, Emulator.Emulate(converted, OperatorTable.Default), samples.Runner);
                    bool[] choice = trials.ChoiceOf(GraphPlanner.Holding(plan, held.ToHashSet()));
                    Assert.Equal(emulated.ToArray(), trials.Measure(choice).ToArray());
                }
            }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(60, 1000)));

    [Fact]
    public void The_number_of_kept_nodes_is_the_minimum_of_all_choices()
    {
        int cases = 0, minima = 0, worst = 0;
        Prop.ForAll(PrecisionModel.SmallCodes, codes =>
        {
            Model model = PrecisionModel.FromCodes(codes, bodies: false);
            using Samples samples = Samples.Of(model.Graph);
            var options = new PrecisionOptions(LowFormat.Bf16);
            GraphPlan plan = new GraphPlanner(options, OperatorTable.Default).Plan(model.Graph);
            SwitchedModel switched = SwitchedModel.Of(model, plan, options.Format, clamps: true, OperatorTable.Default, []);
            using var trials = new PrecisionTrials(switched, GoldenOutputs.Of(model, samples.Runner), samples.Runner);
            int count = trials.Nodes.Length;
            double all = trials.Measure(trials.ChoiceOf(plan)).Select(m => m.Decibels).DefaultIfEmpty(200).Min();
            if (count is 0 or > 12 || all > 100) return;
            var budget = new AccuracyBudget(null, BudgetMetric.Sqnr, Math.Round(all + 3 + codes.Length));
            int fewest = Fewest(trials, plan, count, budget);
            BudgetResult alone = Find(new SearchLimits { Proof = 0 }), shown = Find(new SearchLimits());
            cases++;
            worst = Math.Max(worst, alone.Report.Kept.Length - fewest);
            if (alone.Report.Kept.Length == fewest) minima++;
            Assert.True(alone.Report.LeastCount <= fewest, "more was claimed than is true");
            Assert.Equal(fewest, shown.Report.Kept.Length);
            Assert.True(shown.Report.IsMinimum);
            BudgetResult grouped = Find(new SearchLimits { MostUnits = 4 });
            Assert.True(grouped.Report.LeastCount <= fewest && grouped.Report.Kept.Length <= count);
            Assert.All(grouped.Report.Final, m => Assert.True(m.Decibels >= budget.Limit));
            ConvertedModel converted = MixedPrecisionConverter.Convert(
                model, OperatorTable.Default, options with { Held = shown.Held });
            Assert.All(OutputMeasure.Of(model, Emulator.Emulate(converted.Model, OperatorTable.Default), samples.Runner),
                m => Assert.True(m.Decibels >= budget.Limit));

            BudgetResult Find(SearchLimits limits) => BudgetSearch.Find(model, model, OperatorTable.Default, options,
                new BudgetOptions([budget]) { Limits = limits }, samples.Runner);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(40, 500)));
        log.WriteLine($"{minima} of {cases} without the proof, at most {worst} above");
        Assert.True(minima >= 0.95 * cases && worst <= 2, $"{minima} of {cases}, {worst} above");
    }

    private static int Fewest(PrecisionTrials trials, GraphPlan plan, int count, AccuracyBudget budget)
    {
        int fewest = count;
        for (int set = 0; set < 1 << count; set++)
        {
            int size = System.Numerics.BitOperations.PopCount((uint)set);
            if (size >= fewest) continue;
            HashSet<Node> held = [.. trials.Nodes.Where((_, i) => (set >> i & 1) != 0)];
            if (trials.Measure(trials.ChoiceOf(GraphPlanner.Holding(plan, held))).All(m => m.Decibels >= budget.Limit)) fewest = size;
        }
        return fewest;
    }
}
