/// Words that make an address.
enum PlaceWords {
    /// Kinds of streets.
    static let streets = """
        street st str streets road rd avenue ave av crescent cres close drive dr lane ln way boulevard blvd expressway highway
        bypass terrace court walk alley square circle link extension ext
        """

    /// What one goes by, and what stands around it.
    static let landmarks = """
        behind opposite opp beside near nearby close adjacent adj junction junc busstop stop market markets estate est
        plaza mall church mosque school schools hospital clinic park layout phase quarters barracks barrack gate roundabout
        bridge hotel station filling complex villa villas house gra campus hostel hall university polytechnic college
        secretariat palace stadium airport garage terminal village gardens garden heights towers tower apartments mansion
        camp city centre center cathedral parish chapel jetty wharf flyover shopping supermarket pharmacy axis area layout extension town island mainland bakery depot seaport
        compound lodge residence residences shoprite cinema court federal lga state
        """

    /// What stands before a number or a letter.
    static let units = """
        no number plot block blk flat suite house hse shop room rm apartment apt floor unit km building bldg door gate phase zone
        office stall line villa wing
        """

    /// Cities, states and well-known quarters of Nigeria, and larger cities around; names of one telling word each.
    static let cities = """
        lagos abuja ibadan kano kaduna jos enugu onitsha aba benin calabar uyo owerri warri asaba sapele ilorin abeokuta akure ado ekiti
        osogbo oshogbo ife ilesa ondo ogbomosho oyo sokoto katsina zaria maiduguri yola bauchi gombe minna lokoja makurdi
        jalingo lafia keffi nasarawa damaturu dutse gusau birnin kebbi umuahia abakaliki awka nnewi nsukka yenagoa
        harcourt bonny eket ikot ekpene ogoja auchi ekpoma ughelli agbor sagamu shagamu ijebu ode ota sango ifo epe ikorodu badagry
        mowe ikeja lekki ikoyi yaba surulere ajah sangotedo apapa okota isolo oshodi mushin festac satellite amuwo odofin agege
        vi ikota obalende ojuelegba jibowu alausa oregun opebi omole orile okokomaiko ayobo lasu unilag ogba ojodu berger magodo ketu ojota maryland gbagada ilupeju anthony palmgrove somolu shomolu bariga ebute metta mile
        egbeda ipaja iyana ipaja ikotun igando alimosho abule egba dopemu akowonjo idimu ejigbo ago iyanaipaja alagbado
        chevron vgc oniru osapa agungi jakande ikate abraham adesanya badore ibeju eleko awoyaya bogije abijo ogudu alapere
        wuse garki maitama asokoro gwarinpa kubwa lugbe jabi utako wuye kado lokogoma gudu apo nyanya karu mararaba galadimawa
        katampe mabushi dutse gwagwalada bwari mpape durumi dawaki karsana
        bodija challenge dugbe mokola akobo ojoo apata oluyole ringroad iwo molete sabo agodi
        rumuola rumuokoro rumuodara rumuomasi rumuigbo gra amadi woji eliozu choba mgbuoba oyigbo eleme
        nassarawa bompai barnawa sabon rayfield bukuru ugbowo uselu ikpoba oredo
        abia adamawa akwa ibom anambra bayelsa benue borno cross rivers delta ebonyi edo fct imo jigawa kogi kwara niger ogun osun
        plateau taraba yobe zamfara nigeria
        accra kumasi tema takoradi lome cotonou nairobi mombasa kampala kigali johannesburg durban pretoria
        london manchester birmingham dubai ghana kenya togo
        """
}
