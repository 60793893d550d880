using FsCheck;
using FsCheck.Fluent;
using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Property;

/// <summary>Random models of products, risky and harmless operators, constants and bodies.</summary>
public sealed class ConversionProperties
{
    [Fact]
    public void A_converted_model_is_valid_and_near_the_original() => Prop.ForAll(PrecisionModel.Codes, codes =>
    {
        bool isBf16 = codes.Length % 2 == 1;
        Conversion conversion = Conversion.Of(PrecisionModel.FromCodes(codes), isBf16 ? LowFormat.Bf16 : LowFormat.Fp16);
        Assert.Null(conversion.Fault());
        Dictionary<string, DataValue> inputs = TestRun.Inputs(conversion.Before.Graph);
        DataValue[] full = Conversion.Run(conversion.Before, inputs), low = Conversion.Run(conversion.Emulated, inputs);
        double most = isBf16 ? 0.25 : 0.03; // 16 times half a step at 2: no operator of the model makes an error larger
        Assert.Null(Nearness.Fault(full, low, q => q.MaxAbsolute < most));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(100, 2000)));

    [Fact]
    public void With_its_interface_in_16_bits_a_model_is_valid_too() => Prop.ForAll(PrecisionModel.Codes, codes =>
        Assert.Null(Conversion.Of(PrecisionModel.FromCodes(codes), LowFormat.Fp16, io: true).Fault()))
        .Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(50, 1000)));

    [Fact]
    public void A_second_conversion_changes_nothing() => Prop.ForAll(PrecisionModel.Codes, codes =>
    {
        Conversion first = Conversion.Of(PrecisionModel.FromCodes(codes), LowFormat.Fp16);
        if (first.Report.Kept.IsEmpty) return; // nothing is left to convert
        Assert.Equal(first.Text, Conversion.Of(first.Model, LowFormat.Fp16).Text);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(50, 1000)));

    /// <summary>All choices of the nodes that may have either precision, counted by themselves.</summary>
    [Fact]
    public void No_choice_needs_fewer_Casts() => Prop.ForAll(PrecisionModel.SmallCodes, codes =>
    {
        var model = PrecisionModel.FromCodes(codes, bodies: false);
        var plan = new GraphPlanner(new PrecisionOptions(LowFormat.Fp16), OperatorTable.Default).Plan(model.Graph);
        int[] free = [.. Enumerable.Range(0, plan.Choices.Length)
            .Where(n => plan.Choices[n].Role is NodeRole.Follows or NodeRole.CastFromOther)];
        if (free.Length > 10) return;
        bool[] isLow = [.. plan.Choices.Select(c => c.Role is NodeRole.Faster or NodeRole.CastFromLow)];
        bool[] chosen = [.. free.Select(n => plan.IsLow[n])];
        int ours = CountCasts.Of(plan, With(chosen)), fewest = int.MaxValue;
        for (int choice = 0; choice < 1 << free.Length; choice++)
            fewest = Math.Min(fewest, CountCasts.Of(plan, With([.. free.Select((_, i) => (choice >> i & 1) != 0)])));
        Assert.Equal(fewest, ours);

        bool[] With(bool[] picks)
        {
            bool[] all = [.. isLow];
            for (int i = 0; i < free.Length; i++) all[free[i]] = picks[i];
            return all;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest((int)Grid.Size(100, 2000)));
}
