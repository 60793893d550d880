namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>What a dimension may be.</summary>
internal readonly record struct DimRange(long Min, long Opt, long Max)
{
    public long Count => Max - Min + 1;
}
