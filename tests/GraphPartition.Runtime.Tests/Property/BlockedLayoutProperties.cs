using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Tests.Support;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>Random graphs of convolutions, random support, groups kept apart: what steps hand each other blocked or plain.</summary>
public sealed class BlockedLayoutProperties
{
    [BlockedFact]
    public void Steps_that_exchange_blocked_tensors_compute_the_model()
    {
        int cases = 0, blocked = 0;
        Prop.ForAll(RandomModel.Codes(16), codes =>
        {
            Model model = RandomImages.Of(codes);
            int seed = codes.Length == 0 ? 1 : codes[^1] % 1000;
            CompiledModel compiled = Partitions.Compile(model, $"random:{seed}:0.5");
            var options = new ModelSessionOptions { Threads = 1, KeepGroups = true };
            CompiledModel? now = BlockedLayout.Of(compiled, options);
            cases++;
            if (now is not null)
            {
                blocked++;
                Assert.Subset(compiled.Cut.Groups.Select(g => g.Id).ToHashSet(), now.Cut.Groups.Select(g => g.Id).ToHashSet());
                Assert.Null(GraphVerifier.FindFault(now.Model.Graph));
            }
            byte[] plain = OnnxWriter.ToBytes(model);
            using ModelSession session = ModelSession.Create(compiled, options);
            foreach (int images in new[] { 1, 3, 1 })
            {
                Dictionary<string, DataValue> inputs = RandomImages.Inputs(images);
                if (TestRun.Difference(TestRun.RunPlain(plain, inputs), TestRun.Run(session, inputs)) is { } fault)
                    throw new InvalidOperationException(fault);
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
        Assert.True(blocked > cases / 2, $"only {blocked} of {cases} graphs had blocked tensors");
    }
}
