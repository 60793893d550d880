namespace GraphPartition.Tests.Explorer;

/// <summary>A fact that opens pages in Chromium. It skips where Chromium, Node.js or the packages that drive them are missing.</summary>
internal sealed class BrowserFactAttribute : Xunit.FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.WhyNot;
}

/// <summary>A theory that opens pages in Chromium and skips as <see cref="BrowserFactAttribute"/> does.</summary>
internal sealed class BrowserTheoryAttribute : Xunit.TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Browser.WhyNot;
}
