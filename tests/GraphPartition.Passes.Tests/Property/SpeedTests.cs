using System.Diagnostics;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Passes;
using GraphPartition.Ir;
using GraphPartition.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Tests.Property;

/// <summary>Runs when no other test does, so that the log has a number that means something.</summary>
[Collection("alone")]
public sealed class SpeedTests(ITestOutputHelper log)
{
    [Fact]
    public void All_passes_take_a_hundred_thousand_nodes()
    {
        int[] codes = [.. Enumerable.Range(0, 100_000).Select(i => (int)((uint)i * 2654435761u >> 1) / 14 * 14 + i % 13)];
        Model model = RandomModel.FromCodes(codes, OperatorTable.Default);
        PassRun.Of(RandomModel.FromCodes(codes[..2000], OperatorTable.Default), Pipeline.Standard); // the code is compiled
        var runner = new PassRunner(Pipeline.Standard, new PassContext(model, OperatorTable.Default));
        (long start, TimeSpan cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        runner.Run(model.Graph);
        double ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        log.WriteLine($"{model.Graph.Nodes.Length} nodes, {ms:F0} ms, {cpu.TotalMilliseconds:F0} ms of processor time");
        foreach (PassReport report in runner.Reports) log.WriteLine(report.ToString());
        Assert.True(cpu.TotalMilliseconds < 2000, $"{cpu.TotalMilliseconds:F0} ms of processor time");
    }
}

/// <summary>Tests that run one at a time, after all others.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
