/// Words that open and end conversations, folded to ASCII.
enum GreetingWords {
    /// English, Pidgin, Yoruba, Hausa, Igbo.
    static let greetings = """
        hi hello hey hallo helo hii hiii hy hlo heyy good morning afternoon evening day night gm greetings greeting welcome compliments
        goodmorning goodafternoon goodevening goodday morn mornin gud gudmorning gudmorn gudday gudevening happy weekend merry
        thanks thank thankyou thx tnx tanx ty appreciate appreciated cheers bye goodbye bless
        how far wetin dey xup sup howfar wassup whatsup hafa una
        e kaaro ekaaro kaaro kaaaro ekaaaro kuurole ekuurole ekaro karo kaabo ekaabo kabo ekabo kaasan ekaasan kasan ekasan kuirole ekuirole kurole ku irole
        ale aale kaale ekaale bawo ese adupe dupe oshe ose se pele epele
        sannu ina kwana mubarak yini wuni barka dai safe rana yamma lafiya nagode na gode salam salaam salamu alaikum alaykum
        assalamu asalamu alaikumussalam aleikum wa walaikum walaikumsalam walaikumussalam rankadede yaya sanu
        nno kedu ututu oma ehihie mgbede ka chi fo boo imela daalu dalu ndewo deeje abali ututuoma
        """

    /// What may stand beside a greeting.
    static let courtesies = """
        sir ma mam maam madam dear friend friends all everyone everybody team boss oga bro sis sister brother aunty auntie uncle
        mummy daddy mama papa customer admin house fam family guys ladies gentlemen there to you u ya so very much a lot and my
        for the your yours o oo ooo well done ur day night morning afternoon evening again bless god happy
        new new have great nice lovely
        christmas xmas easter eid sallah jumaa birthday anniversary da pupo gan
        blessed wonderful jare abeg please pls are is doing hope fine we i am once
        """
}
